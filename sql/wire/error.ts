// Reads an ErrorResponse into the driver's own DatabaseError, so that callers meet one class of database
// error on every path. Fields: PostgreSQL documentation, "Error and Notice Message Fields".

import pg from 'pg'

interface ServerError {
  readonly error: pg.DatabaseError
  /** FATAL or PANIC: the server ends the connection, and the error is not about the statement. */
  readonly isFatal: boolean
}

export const readError = (buffer: Buffer, start: number, end: number): ServerError => {
  const fields = new Map<string, string>()
  let offset = start
  while (offset < end && buffer[offset] !== 0) {
    const stop = buffer.indexOf(0, offset + 1)
    if (stop < 0 || stop >= end) break
    fields.set(String.fromCharCode(buffer.readUInt8(offset)), buffer.toString('utf8', offset + 1, stop))
    offset = stop + 1
  }
  const error = new pg.DatabaseError(fields.get('M') ?? 'unknown error', end - start, 'error')
  error.severity = fields.get('S')
  error.code = fields.get('C')
  error.detail = fields.get('D')
  error.hint = fields.get('H')
  error.position = fields.get('P')
  error.internalPosition = fields.get('p')
  error.internalQuery = fields.get('q')
  error.where = fields.get('W')
  error.schema = fields.get('s')
  error.table = fields.get('t')
  error.column = fields.get('c')
  error.dataType = fields.get('d')
  error.constraint = fields.get('n')
  error.file = fields.get('F')
  error.line = fields.get('L')
  error.routine = fields.get('R')
  const severity = fields.get('V')
  return { error, isFatal: severity === 'FATAL' || severity === 'PANIC' }
}
