// Titles and descriptions of objects and fields, by table and field, from a workspace's metadata; with a
// fingerprint, because workspaces of one schema version may differ in them. A label that only repeats the
// name is omitted.

import { createHash } from 'node:crypto'
import { toLabel } from '../../tenants/model/name.ts'
import type { ModelNodes } from '../metadata/model/nodes.ts'

export interface Text {
  readonly title: string | null
  readonly description: string | null
}

export interface Texts {
  readonly ofObject: (table: string) => Text
  readonly ofField: (table: string, field: string) => Text
  readonly fingerprint: string
}

const NOTHING: Text = { title: null, description: null }

const textOf = (name: string, label: string, description: string | null): Text | null => {
  const title = label === toLabel(name) ? null : label
  return title === null && description === null ? null : { title, description }
}

export const readTexts = (model: ModelNodes): Texts => {
  const objects = new Map<string, Text>()
  const fields = new Map<string, Text>()
  const keyOf = (table: string, field: string): string => JSON.stringify([table, field])
  for (const { table, body, fields: nodes } of model.objects) {
    const text = textOf(body.namePlural, body.labelPlural, body.description)
    if (text !== null) objects.set(table, text)
    for (const { body: field } of nodes) {
      const ofField = textOf(field.name, field.label, field.description)
      if (ofField !== null) fields.set(keyOf(table, field.name), ofField)
    }
  }
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([[...objects].toSorted(), [...fields].toSorted()]))
    .digest('base64url')
  return {
    ofObject: (table) => objects.get(table) ?? NOTHING,
    ofField: (table, field) => fields.get(keyOf(table, field)) ?? NOTHING,
    fingerprint,
  }
}
