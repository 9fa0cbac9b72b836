// Shell examples of a Markdown document: its `sh` blocks in order, each with its expected answer: the `json`
// or `text` block that follows with nothing between. `…` in an answer stands for anything.

export interface Example {
  readonly line: number
  readonly script: string
  readonly answer: string | null
}

interface Block {
  readonly line: number
  readonly language: string
  readonly text: string
  /** Nothing but empty lines since the block before. */
  readonly isAdjacent: boolean
}

const FENCE = /^( *)```(\w*)$/

const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: Block[] = []
  let open: { line: number; language: string; indent: number; lines: string[] } | null = null
  let isAdjacent = false
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = FENCE.exec(line)
    if (open === null && fence !== null) {
      open = { line: index + 1, language: fence[2] ?? '', indent: (fence[1] ?? '').length, lines: [] }
    } else if (open !== null && fence !== null) {
      blocks.push({ line: open.line, language: open.language, text: open.lines.join('\n'), isAdjacent })
      open = null
      isAdjacent = true
    } else if (open !== null) {
      open.lines.push(line.slice(open.indent))
    } else if (line.trim() !== '') {
      isAdjacent = false
    }
  }
  return blocks
}

const ANSWERS = new Set(['json', 'text'])

export const examplesOf = (markdown: string): readonly Example[] => {
  const blocks = blocksOf(markdown)
  return blocks.flatMap(({ line, language, text }, index) => {
    if (language !== 'sh') return []
    const next = blocks[index + 1]
    const isAnswered = next?.isAdjacent === true && ANSWERS.has(next.language)
    return [{ line, script: text, answer: isAnswered ? next.text : null }]
  })
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether output is what the document promises: layout aside, with `…` for anything. */
export const keepsPromise = (output: string, promise: string): boolean => {
  const bare = (text: string): string => text.replace(/\s+/g, '')
  return new RegExp(`^${bare(promise).split('…').map(escaped).join('.*?')}$`).test(bare(output))
}
