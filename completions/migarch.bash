# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Completion of migarch for bash.

_migarch() {
	local word=${COMP_WORDS[COMP_CWORD]} command= words=
	COMPREPLY=()

	# Options stand behind the command.
	[ "$COMP_CWORD" -le 1 ] || command=${COMP_WORDS[1]}
	case $command in
	'')
		words='plan runbook advise lint check backtest simulate snapshot --help --version'
		;;
	plan | runbook | advise)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-i | --input | -o | --output)
			compopt -o default
			return
			;;
		-f | --format) words='json text markdown both' ;;
		--start | --set) return ;;
		*)
			words='--input --output --format --validate --help --version'
			[ "$command" != plan ] || words+=' --start --diff'
			[ "$command" != runbook ] || words+=' --set'
			# The plans to compare.
			[[ $word == -* || " ${COMP_WORDS[*]} " != *' --diff '* ]] || compopt -o default
			;;
		esac
		;;
	lint)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-i | --spec | -p | --plan | -r | --runbook | -c | --config)
			compopt -o default
			return
			;;
		-f | --format) words='text json' ;;
		*) words='--spec --plan --runbook --config --format --rules --help --version' ;;
		esac
		;;
	check)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		--before | --after | -o | --output | --ignore | --baseline | --write-baseline | --scripts)
			compopt -o default
			return
			;;
		-f | --format) words='json text markdown sql sarif junit github both' ;;
		--type) words='auto database api' ;;
		--dialect) words='postgresql mysql' ;;
		--view) words='client server both' ;;
		--fail-on) words='potentially_breaking breaking never' ;;
		--rename) return ;;
		*)
			words='--before --after --type --dialect --output --format --rename --view --fail-on
			    --ignore --baseline --write-baseline --scripts --help --version'
			;;
		esac
		;;
	backtest)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-c | --config | --binding | --bearer-token-file | --ca-file | -o | --output)
			compopt -o default
			return
			;;
		-f | --format) words='text json html' ;;
		--path) words='old new' ;;
		--to | --damage-at) words=now ;;
		--from | --prometheus | --step | --header | --timeout) return ;;
		*)
			words='--from --to --prometheus --config --binding --step --path --damage-at
			    --bearer-token-file --header --ca-file --timeout --format --output --help --version'
			# Plan and runbook.
			[[ $word == -* ]] || compopt -o default
			;;
		esac
		;;
	snapshot)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-o | --output)
			compopt -o default
			return
			;;
		--schema | --timeout) return ;;
		*) words='--output --schema --timeout --help --version' ;;
		esac
		;;
	simulate)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-f | --format) words='text json' ;;
		-s | --seed | -n | --seeds | -j | --jobs | --only) return ;;
		*) words='--seed --seeds --jobs --trace --only --format --help --version' ;;
		esac
		;;
	*) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _migarch migarch
