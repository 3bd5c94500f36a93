/** `draintrace completion`: prints the script with which a shell completes commands, flags and their values. */
import type { Argv } from 'yargs';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { EXIT } from './error.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

interface CompletionArguments extends GlobalArguments {
  shell: Shell | undefined;
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of draintrace for bash. Install it: draintrace completion bash >> ~/.bashrc
_draintrace() {
  local found
  mapfile -t found < <(draintrace --complete bash "\${COMP_LINE:0:COMP_POINT}" "\${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
  COMPREPLY=("\${found[@]}")
  # A parameter is typed on after its name.
  [[ \${#found[@]} -eq 1 && \${found[0]} == *= ]] && compopt -o nospace
  return 0
}
complete -o bashdefault -o default -F _draintrace draintrace
`,
  zsh: `#compdef draintrace
# Completion of draintrace for zsh. Install it: draintrace completion zsh > "\${fpath[1]}/_draintrace"
_draintrace() {
  local -a found
  found=("\${(@f)$(draintrace --complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then
    _describe draintrace found
  else
    _files
  fi
}
if [[ "$funcstack[1]" == _draintrace ]]; then _draintrace "$@"; else compdef _draintrace draintrace; fi
`,
  fish: `# Completion of draintrace for fish. Install it: draintrace completion fish > ~/.config/fish/completions/draintrace.fish
function __draintrace_complete
    set -l found (draintrace --complete fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c draintrace -f -a '(__draintrace_complete)'
`,
};

const builder = (yargs: Argv<GlobalArguments>): unknown =>
  yargs.positional('shell', { choices: SHELLS, describe: 'the shell; default: that of SHELL, else bash' });

async function run({ shell }: CompletionArguments, { stdout, env }: Effects): Promise<number> {
  const own = SHELLS.find((known) => env.SHELL?.endsWith(`/${known}`));
  await stdout.write(SCRIPTS[shell ?? own ?? 'bash']);
  return EXIT.ok;
}

export const command: Command<CompletionArguments> = {
  command: 'completion [shell]',
  describe: 'Print the completion script for bash, zsh or fish',
  examples: [
    ['draintrace completion bash >> ~/.bashrc', 'commands, flags, questions, causes, rollouts, balancers, columns'],
    ['draintrace completion fish > ~/.config/fish/completions/draintrace.fish', 'the same for fish'],
  ],
  cost: 'None. Completing the name of a rollout or balancer opens the database.',
  builder,
  run,
};
