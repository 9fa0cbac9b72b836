// JSON templates: constant text with holes for the columns of a row, compiled to a writer. Everything between
// two values is joined once, when the template is built: `,"address":{"addressStreet1":`.

import type { ReadForm } from '../read/readForm.ts'
import type { Row, Run } from '../run.ts'
import { writeJson } from './json.ts'

/** JSON text from the columns that begin at `offset`. */
export type Write = (row: Row, offset: number, run: Run) => string

/** The value of one column, or a writer over several. */
type Hole = ReadForm['json'] | Write

export interface Template {
  readonly text: (text: string) => void
  /** @param at the hole's column, or the first of them */
  readonly hole: (hole: Hole, at: number) => void
  readonly writer: () => Write
}

export const createTemplate = (): Template => {
  const leads: string[] = []
  const holes: { readonly at: number; readonly hole: Hole }[] = []
  let lead = ''
  return {
    text: (text) => {
      lead += text
    },
    hole: (hole, at) => {
      leads.push(lead)
      holes.push({ at, hole })
      lead = ''
    },
    writer: () => {
      const end = lead
      return (row, offset, run) => {
        let text = ''
        for (let index = 0; index < holes.length; index += 1) {
          const { at, hole } = holes[index] as (typeof holes)[number]
          text += leads[index]
          if (typeof hole === 'function') text += hole(row, offset + at, run)
          else {
            const value = row[offset + at]
            text += value == null ? 'null' : writeJson(value, hole)
          }
        }
        return text + end
      }
    },
  }
}
