// Finds the end of SQL literals, quoted names and comments: the position after it, or -1 if the text ends
// first. Loops over indexOf instead of patterns, because literals of dumps may have megabytes.

/** For '…' and "…", where a doubled quote stands for itself. */
export const closeQuoted = (text: string, from: number, mark: string): number => {
  let at = text.indexOf(mark, from)
  while (at >= 0 && text[at + 1] === mark) at = text.indexOf(mark, at + 2)
  return at < 0 ? -1 : at + 1
}

/** For E'…', where a backslash escapes too. */
export const closeEscaped = (text: string, from: number): number => {
  let at = from
  while (at < text.length) {
    const char = text[at]
    if (char === '\\') at += 2
    else if (char !== "'") at += 1
    else if (text[at + 1] === "'") at += 2
    else return at + 1
  }
  return -1
}

const COMMENT_MARK = /\/\*|\*\//g

/**
 * Comments nest.
 * @returns the position after the last end, and how many comments are still open.
 */
export const closeComments = (
  text: string,
  from: number,
  open: number,
): readonly [at: number, open: number] => {
  let depth = open
  COMMENT_MARK.lastIndex = from
  for (let found = COMMENT_MARK.exec(text); found !== null; found = COMMENT_MARK.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return [COMMENT_MARK.lastIndex, 0]
  }
  return [-1, depth]
}

export const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
export const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y

export const matchAt = (pattern: RegExp, text: string, at: number): string | null => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}
