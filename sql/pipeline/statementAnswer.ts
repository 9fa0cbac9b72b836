// Collects what Postgres answers to the requests of a connection, one after the other. Each request ends with
// exactly one Sync, so each ReadyForQuery ends exactly one StatementAnswer. connection.ts matches answers
// with requests.

import type pg from 'pg'
import type { Rows } from '../statement.ts'
import { readError } from '../wire/error.ts'
import { SETTINGS_STATEMENTS } from './session.ts'

/** The values of a DataRow message. */
const readRow = (buffer: Buffer, start: number): (string | null)[] => {
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

export interface StatementAnswer {
  readonly rows: Rows
  readonly error: pg.DatabaseError | null
  /** The statement was parsed; set only when the request carried its text. */
  readonly isParsed: boolean
  /** Role and settings were in place. */
  readonly areSettingsDone: boolean
  /** The statement itself began to run. */
  readonly isStarted: boolean
}

interface AnswerHandlers {
  readonly onAnswer: (answer: StatementAnswer) => void
  /** Gets the settings of the session that the server reports. */
  readonly settings: Map<string, string>
  /** The connection is ending; no answer follows. */
  readonly onFatal: (error: Error) => void
}

const COPY_REFUSED =
  'A statement of the request path began a COPY, which pipelined connections do not support.'

const PARSE_COMPLETE = 0x31
const BIND_COMPLETE = 0x32
const COMMAND_COMPLETE = 0x43
const DATA_ROW = 0x44
const ERROR_RESPONSE = 0x45
const COPY_IN = 0x47
const COPY_OUT = 0x48
const EMPTY_QUERY = 0x49
const PARAMETER_STATUS = 0x53
const READY_FOR_QUERY = 0x5a

/** Name and value of a ParameterStatus message, each with a zero byte after it. */
const readSetting = (buffer: Buffer, start: number, end: number): readonly [string, string] => {
  const [name = '', value = ''] = buffer.toString('utf8', start, end).split('\0')
  return [name, value]
}

export const createAnswers = ({ onAnswer, settings, onFatal }: AnswerHandlers) => {
  let bound = 0
  let completed = 0
  let isParsed = false
  let error: pg.DatabaseError | null = null
  let rows: (string | null)[][] = []

  const finish = (): void => {
    const answer: StatementAnswer = {
      rows,
      error,
      isParsed,
      areSettingsDone: completed >= SETTINGS_STATEMENTS,
      isStarted: bound > SETTINGS_STATEMENTS,
    }
    bound = 0
    completed = 0
    isParsed = false
    error = null
    rows = []
    onAnswer(answer)
  }

  return (type: number, buffer: Buffer, start: number, end: number): void => {
    switch (type) {
      case DATA_ROW:
        if (completed === SETTINGS_STATEMENTS) rows.push(readRow(buffer, start))
        break
      case COMMAND_COMPLETE:
      case EMPTY_QUERY:
        completed++
        break
      case BIND_COMPLETE:
        bound++
        break
      case PARSE_COMPLETE:
        isParsed = true
        break
      case READY_FOR_QUERY:
        finish()
        break
      case ERROR_RESPONSE: {
        const answer = readError(buffer, start, end)
        if (answer.isFatal) onFatal(answer.error)
        else error ??= answer.error
        break
      }
      case PARAMETER_STATUS:
        settings.set(...readSetting(buffer, start, end))
        break
      case COPY_IN:
      case COPY_OUT:
        onFatal(new Error(COPY_REFUSED))
        break
    }
  }
}
