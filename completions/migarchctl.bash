# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Completion of migarchctl for bash.  Rollouts, gates, triggers and steps are asked of the daemon.

# _migarchctl_ask FILTER COMMAND...: words out of the daemon's answer; silent without daemon or jq.
_migarchctl_ask() {
	local filter=$1
	shift
	command -v jq >/dev/null && timeout 2 migarchctl "${global[@]}" -f json "$@" 2>/dev/null |
		jq -r "$filter" 2>/dev/null
}

# _migarchctl_operands COMMAND: words for the operand under the cursor.
_migarchctl_operands() {
	local first=${operands[0]:-}

	case $1:${#operands[@]} in
	load:*)
		compopt -o default
		;;
	status:0 | history:0 | why:0)
		_migarchctl_ask '.rollouts[].id' list
		;;
	start:0 | pause:0 | resume:0 | abort:0 | approve:0 | dismiss:0 | ack:0)
		[ "$1" != approve ] || echo rollback adopt restore hook validation
		_migarchctl_ask '.rollouts[] | select(.finished | not) | .id' list
		;;
	why:1)
		_migarchctl_ask 'select(.kind == "flag_write" or .kind == "trigger_fired" or .kind == "held" or
			.kind == "rollback_decided") | .seq' history "$first"
		;;
	approve:1)
		echo schema rollback adopt restore hook validation
		_migarchctl_ask '.phase.gates[]? | select(.state == "closed" and
			(.kind == "approval" or .kind == "schema")) | .name' status "$first"
		;;
	dismiss:1)
		_migarchctl_ask '.triggers[] | select(.state == "fired") | .id' status "$first"
		;;
	ack:*)
		_migarchctl_ask '.rollback.phases[]?.steps[] | select(.state == "waiting_for_ack") |
			.step_id' status "$first"
		;;
	esac
}

# _migarchctl_options COMMAND: the options it takes.
_migarchctl_options() {
	echo --socket --url --token-file --format --help --version
	case $1 in
	status) echo --watch --wait --timeout ;;
	history) echo --since --follow ;;
	load) echo --binding ;;
	abort) echo --comment --wait --timeout ;;
	start | pause | resume | approve | dismiss | ack) echo --comment ;;
	esac
}

_migarchctl() {
	local word=${COMP_WORDS[COMP_CWORD]} command= i
	local -a global=() operands=()
	COMPREPLY=()

	# What stands before the cursor: the command, its operands, and the way to the daemon.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket | -u | --url | --token-file)
			global+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}")
			((i++))
			;;
		-f | --format | -t | --timeout | -S | --since | -b | --binding | -c | --comment)
			((i++))
			;;
		--wait)
			[ "$command" != status ] || ((i++))
			;;
		-*) ;;
		*)
			if [ -z "$command" ]; then
				command=${COMP_WORDS[i]}
			else
				operands+=("${COMP_WORDS[i]}")
			fi
			;;
		esac
	done

	local words=
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-s | --socket | --token-file | -b | --binding)
		compopt -o default
		return
		;;
	-f | --format) words='text json' ;;
	-t | --timeout | -S | --since | -c | --comment | -u | --url) return ;;
	--wait)
		[ "$command" != status ] ||
			words='loaded baselining running baking completed rolling_back rolled_back held'
		;;
	esac
	if [ -z "$words" ]; then
		case $word in
		-*) words=$(_migarchctl_options "$command") ;;
		*)
			if [ -z "$command" ]; then
				words='status list history why load start pause resume abort approve dismiss ack
					reload version'
			else
				words=$(_migarchctl_operands "$command")
			fi
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _migarchctl migarchctl
