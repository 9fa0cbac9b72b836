// Rich text: a Markdown text and the same as a document of the BlockNote editor (JSON text). Completes one
// from the other; if both are given, both are stored as they are.

import { blocksOf, isBlockList, markdownOf } from './markdown.ts'
import { bad, type Normal } from './parts.ts'

const parseBlocks = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw bad(`Invalid blocknote value for field "${path}.blocknote" - must contain valid JSON`)
  }
}

export const normalRichText: Normal = (given, path) => {
  const { markdown, blocknote } = given
  const blocks = typeof blocknote === 'string' && blocknote !== '' ? parseBlocks(blocknote, path) : blocknote
  if (markdown === undefined && (blocknote === null || blocknote === '')) return { ...given, markdown: null }
  if (blocknote === undefined && (markdown === null || markdown === '')) return { ...given, blocknote: null }
  if (typeof markdown === 'string' && markdown !== '' && (blocknote === undefined || blocknote === null))
    return { ...given, blocknote: JSON.stringify(blocksOf(markdown)) }
  if ((markdown === undefined || markdown === null) && isBlockList(blocks))
    return { ...given, markdown: markdownOf(blocks) }
  return given
}
