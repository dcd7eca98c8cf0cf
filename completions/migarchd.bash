# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Completion of migarchd for bash.

_migarchd() {
	local word=${COMP_WORDS[COMP_CWORD]} words=
	COMPREPLY=()

	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c | --config | --socket)
		compopt -o default
		return
		;;
	--state-dir)
		compopt -o dirnames
		return
		;;
	--log-level) words='error warning info debug' ;;
	--log-format) words='auto journal logfmt json' ;;
	*)
		words='--config --check --print-config --state-dir --socket --log-level --log-format
			--help --version'
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _migarchd migarchd
