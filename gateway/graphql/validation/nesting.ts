// Checks the nesting depth of a document without parsing it: graphql-js recurses, so a document of ten
// thousand opening braces would exhaust the stack. Skips strings and comments according to GraphQL's lexical
// grammar (specification §2.1.4, §2.9.4).

const NEWLINE = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22
const HASH = 0x23
const OPENING = new Set([0x28 /* ( */, 0x5b /* [ */, 0x7b /* { */])
const CLOSING = new Set([0x29 /* ) */, 0x5d /* ] */, 0x7d /* } */])

const endOfLine = (text: string, from: number): number => {
  let at = from
  while (at < text.length && text.charCodeAt(at) !== NEWLINE && text.charCodeAt(at) !== RETURN) at += 1
  return at
}

/** Position of the last character of the string that begins at `from`. */
const endOfString = (text: string, from: number): number => {
  if (text.startsWith('"""', from)) {
    let end = text.indexOf('"""', from + 3)
    while (end > 0 && text[end - 1] === '\\') end = text.indexOf('"""', end + 3)
    return end < 0 ? text.length : end + 2
  }
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === 0x5c /* \ */) at += 1
    else if (char === QUOTE || char === NEWLINE) return at
  }
  return text.length
}

export const nestsDeeperThan = (text: string, limit: number): boolean => {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) at = endOfString(text, at)
    else if (char === HASH) at = endOfLine(text, at)
    else if (OPENING.has(char)) {
      depth += 1
      if (depth > limit) return true
    } else if (CLOSING.has(char)) depth -= 1
  }
  return false
}
