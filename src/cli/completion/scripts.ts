/** The shells that can complete the arguments of the program. */
export const shells = ["bash", "zsh", "fish"] as const;

/** What each shell has to run so that it completes the arguments. */
export const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  // Bash breaks words at colons and equals signs, which are part of the names of events and of values.
  bash: `_enode_sdk() {
  local line="\${COMP_LINE:0:COMP_POINT}" IFS=$'\\n' word known
  COMPREPLY=($(enode-sdk completion --line "$line" 2>/dev/null))
  word="\${line##*[[:space:]]}"
  known="\${word%"\${word##*[:=]}"}"
  COMPREPLY=("\${COMPREPLY[@]#"$known"}")
}
complete -o default -F _enode_sdk enode-sdk`,
  zsh: `_enode_sdk() {
  local -a words_of_enode
  words_of_enode=("\${(@f)$(enode-sdk completion --line "$LBUFFER" 2>/dev/null)}")
  compadd -Q -a words_of_enode || _files
}
compdef _enode_sdk enode-sdk`,
  fish: "complete -c enode-sdk -a '(enode-sdk completion --line (commandline -cp))'",
};
