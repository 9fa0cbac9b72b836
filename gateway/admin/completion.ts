// Completion of the command line in bash, zsh and fish, made from the table of commands. The scripts list all
// words, because asking the command at each key would take a third of a second.

import { Refusal } from '../../tenants/refusal.ts'
import type { Command, LocalCommand } from './command.ts'

type Commands = ReadonlyMap<string, Command>

interface Place {
  /** The words before it. */
  readonly words: string
  readonly choices: ReadonlyMap<string, string>
}

const optionsOf = (command: Command): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(command.options ?? {}).map(([name, { meaning }]) => [`--${name}`, meaning] as const),
    ['--json', 'Print JSON'],
  ])

/** What may follow: words of commands by the words before them, and options by the whole command. */
const placesOf = (commands: Commands): readonly Place[] => {
  const next = new Map<string, Map<string, string>>([['', new Map([['start', 'Run the gateway']])]])
  for (const [name, { summary }] of commands) {
    const words = name.split(' ')
    for (const [at, word] of words.entries()) {
      const before = words.slice(0, at).join(' ')
      const choices = next.get(before) ?? new Map<string, string>()
      next.set(before, choices)
      if (at === words.length - 1) choices.set(word, summary)
      else if (!choices.has(word)) choices.set(word, `Commands of ${words.slice(0, at + 1).join(' ')}`)
    }
  }
  return [...next].map(([words, choices]) => ({ words, choices }))
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const bash = (commands: Commands): string => {
  const ends = [...commands].map(
    ([name, command]) =>
      `    ${quoted(name)}|${quoted(name)}' '*) words=${quoted([...optionsOf(command).keys()].join(' '))} ;;`,
  )
  const places = placesOf(commands).map(
    ({ words, choices }) => `    ${quoted(words)}) words=${quoted([...choices.keys()].join(' '))} ;;`,
  )
  return [
    '_tenantry() {',
    `  local before="\${COMP_WORDS[*]:1:COMP_CWORD-1}" words=""`,
    '  case "$before" in',
    ...places,
    ...ends,
    '  esac',
    `  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
    '}',
    'complete -F _tenantry tenantry',
  ].join('\n')
}

const zsh = (commands: Commands): string =>
  ['autoload -U +X bashcompinit && bashcompinit', bash(commands)].join('\n')

const fish = (commands: Commands): string => {
  const line = (test: string, words: string, word: string, meaning: string): string =>
    `complete -c tenantry -f -n ${quoted(`${test} ${quoted(words)}`)} -a ${quoted(word)} -d ${quoted(meaning)}`
  return [
    'function __tenantry_at; test (string join " " (commandline -opc)[2..]) = "$argv[1]"; end',
    'function __tenantry_in; string match -q -- "$argv[1]*" (string join " " (commandline -opc)[2..]); end',
    ...placesOf(commands).flatMap(({ words, choices }) =>
      [...choices].map(([word, meaning]) => line('__tenantry_at', words, word, meaning)),
    ),
    ...[...commands].flatMap(([name, command]) =>
      [...optionsOf(command)].map(([option, meaning]) => line('__tenantry_in', name, option, meaning)),
    ),
  ].join('\n')
}

const SHELLS: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish }

/** @param commands all of them, once the table is complete */
export const completionCommands = (
  commands: () => Commands,
): readonly (readonly [string, LocalCommand])[] => {
  const completion: LocalCommand = {
    summary: 'Print the completion script of a shell: bash, zsh or fish',
    arguments: ['shell'],
    isLocal: true,
    run: async (_config, { arguments: [shell = ''] }) => {
      const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell]?.(commands()) : undefined
      if (script === undefined)
        throw new Refusal('INVALID_INPUT', `Completion is not available for "${shell}".`, {
          hint: `Shells: ${Object.keys(SHELLS).join(', ')}.`,
        })
      return { json: { script }, text: script }
    },
  }
  return [['completion', completion]]
}
