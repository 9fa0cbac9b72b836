// Reads a Dockerfile: its stages and their instructions, as far as ours uses them.

export interface Instruction {
  readonly name: string
  readonly text: string
}

export interface Stage {
  readonly name: string
  /** An image of a registry, or an earlier stage. */
  readonly base: string
  readonly instructions: readonly Instruction[]
}

const instructionsOf = (text: string): readonly Instruction[] =>
  text
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = ''] = line.split(/\s/, 1)
      return { name: name.toUpperCase(), text: line.slice(name.length).trim() }
    })

export const stagesOf = (text: string): readonly Stage[] => {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'FROM') {
      const [, base = '', name = String(stages.length)] =
        /^(\S+)(?:\s+as\s+(\S+))?$/i.exec(instruction.text) ?? []
      stages.push({ name, base, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

/** Words of an instruction in exec form: `CMD ["node", "main.ts"]`. */
export const execForm = (text: string): readonly string[] => {
  const words: unknown = JSON.parse(text)
  if (!Array.isArray(words)) throw new Error(`Not in exec form: ${text}`)
  return words.map(String)
}

const patternOf = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/^\/|\/$/g, '')
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('**', '\u0000')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')
      .replaceAll('\u0000', '.*')}(?:/|$)`,
  )

/** Whether a .dockerignore keeps a path out of the build context. The last pattern that fits decides. */
export const ignoredBy = (text: string): ((path: string) => boolean) => {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isKept: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }))
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.isKept === false
}
