/** Control characters would let a name rewrite the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '�')

export const tableText = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [headings, ...rows].map((row) => row.map(printable))
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => [...(line[column] ?? '')].length)),
  )
  const cell = (text: string, column: number): string =>
    text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...text].length))
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n')
}
