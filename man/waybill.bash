# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash. Commands and options come from waybill's own --help, so they can't be stale.

_waybill() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local waybill=${COMP_WORDS[0]} command=trace commands choices
	local IFS=$' \t\n'

	commands=$("$waybill" --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p' | tr '\n' ' ')
	[[ " $commands" == *" ${COMP_WORDS[1]} "* ]] && ((COMP_CWORD > 1)) &&
		command=${COMP_WORDS[1]}

	case $previous in
	-i | --interface)
		choices=$(ls /sys/class/net 2>/dev/null)
		;;
	-N | --netns)
		choices=$(ls /run/netns 2>/dev/null)
		;;
	-r | -w | -o | --read | --write | --output | --textfile)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--*)
		# the words of an option's value, where they are a list with commas
		choices=$("$waybill" "$command" --help 2>/dev/null |
			sed -n "s/^ .* $previous \([a-z,]*,[a-z,]*\).*/\1/p" | tr , ' ')
		;;
	esac
	if [ -z "$choices" ]; then
		case $current in
		-*)
			choices=$("$waybill" "$command" --help 2>/dev/null | grep -o -- '^ .\{0,6\}--[a-z-]*' |
				tr -s ' ,' '\n')
			;;
		*)
			[ "$COMP_CWORD" = 1 ] && choices=$commands
			[ "$command" = explain ] && choices=$("$waybill" explain 2>/dev/null | cut -d' ' -f1)
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
}
complete -F _waybill waybill
