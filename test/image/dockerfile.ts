// Reads a Dockerfile: its stages and their instructions, as far as ours uses them.

export interface Instruction {
  readonly name: string
  readonly text: string
}

export interface Stage {
  /** Null for the last stage, which needs none. */
  readonly name: string | null
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
  const stages: { name: string | null; instructions: Instruction[] }[] = []
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'FROM') {
      const name = /\sas\s+(\S+)$/i.exec(instruction.text)?.[1] ?? null
      stages.push({ name, instructions: [] })
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
