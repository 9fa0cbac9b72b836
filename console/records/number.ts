// Numbers between what is typed and JSON. In: a text; out: a number where it survives that, else the text itself, which the API takes as well, so that
// no digit is lost on the way.

export const jsonNumber = (text: string): number | string | null => {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const number = Number(trimmed)
  return Number.isFinite(number) && String(number) === trimmed ? number : trimmed
}
