# Types lines into an interactive zsh, completes them, and prints what each is then.
#   zsh -f complete.zsh SCRIPT LINE...
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= RPS1= PROMPT_EOL_MARK=; autoload -Uz compinit; compinit -u -D; source ${(q)1}"
zpty -w shell 'show() { zle complete-word; print -r -- "LINE<${BUFFER}>"; BUFFER=; }; zle -N show; bindkey "^X" show; print REA""DY'
zpty -r shell output '*READY*' || exit 1
for line in "${@:2}"; do
  zpty -n -w shell "$line"$'\x18'
  zpty -r shell output '*LINE<*>*' || exit 1
  print -r -- "${${output##*LINE<}%%>*}"
done
zpty -d shell
