// The plural of an English label, suggested while the singular is typed. The gateway decides; a test compares
// the two. Only the last word changes, since it is the head of the compound.

import pluralize from 'pluralize'

const UNCHANGED =
  /(?:data|media|news|series|species)$|^(?:sales|goods|means|logistics|analytics|chassis|money|economics|electronics|politics|earnings)$/

/** Singulars that end in s, which pluralize mistakes for plurals. */
const SINGULAR_S = /(?:[^aeo]us|ss)$|^(?:canvas|alias|bias|atlas|gas|lens|sms|mms|dns|gps|ios|cms|pos|vps)$/

const IRREGULAR: Readonly<Record<string, string>> = {
  schema: 'schemas',
  formula: 'formulas',
  datum: 'datums',
  agenda: 'agendas',
  audio: 'audios',
  veto: 'vetoes',
  cargo: 'cargoes',
}

const pluralOfWord = (word: string): string => {
  const lower = word.toLowerCase()
  const irregular = IRREGULAR[lower]
  if (UNCHANGED.test(lower)) return word
  if (irregular !== undefined) return word + irregular.slice(word.length)
  return SINGULAR_S.test(lower) ? `${word}es` : pluralize.plural(word)
}

export const pluralOf = (label: string): string => label.trim().replace(/\S+$/, (word) => pluralOfWord(word))
