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
		words='plan runbook --help --version'
		;;
	plan | runbook)
		case ${COMP_WORDS[COMP_CWORD - 1]} in
		-i | --input | -o | --output)
			compopt -o default
			return
			;;
		-f | --format) words='json text markdown both' ;;
		*) words='--input --output --format --validate --help --version' ;;
		esac
		;;
	*) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _migarch migarch
