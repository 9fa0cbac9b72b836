export const readRow = (buffer: Buffer, start: number): (string | null)[] => {
  const count = buffer.readUInt16BE(start)
  const row: (string | null)[] = new Array(count)
  let offset = start + 2
  for (let column = 0; column < count; column++) {
    const length = buffer.readInt32BE(offset)
    offset += 4
    if (length < 0) {
      row[column] = null
    } else {
      row[column] = buffer.toString('utf8', offset, offset + length)
      offset += length
    }
  }
  return row
}
