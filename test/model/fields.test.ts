import test from 'ava'
import type { CreateFieldInput } from '../../tenants/model/change/check/input.ts'
import { deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { fieldIn, objectIn, openModel, refusalOf } from '../support/model.ts'

const OPTIONS = ['LOW', 'MID', 'HIGH'].map((value, position) => ({
  value,
  label: value.toLowerCase(),
  position,
  color: 'red',
}))

const TYPES: readonly {
  readonly input: Omit<CreateFieldInput, 'label' | 'objectMetadataId'>
  readonly columns: Readonly<Record<string, string>>
  readonly default?: unknown
}[] = [
  { input: { name: 'a', type: 'TEXT', defaultValue: "'it's'" }, columns: { a: 'text' } },
  { input: { name: 'b', type: 'UUID', defaultValue: 'uuid' }, columns: { b: 'uuid' } },
  { input: { name: 'c', type: 'NUMBER', defaultValue: -1.5 }, columns: { c: 'double precision' } },
  {
    input: { name: 'd', type: 'NUMBER', settings: { dataType: 'int' }, defaultValue: 7 },
    columns: { d: 'integer' },
  },
  {
    input: { name: 'e', type: 'NUMBER', settings: { dataType: 'bigint', decimals: 0 }, defaultValue: 9 },
    columns: { e: 'bigint' },
  },
  { input: { name: 'f', type: 'BOOLEAN', defaultValue: true }, columns: { f: 'boolean' } },
  { input: { name: 'g', type: 'DATE', defaultValue: "'2026-01-31'" }, columns: { g: 'date' } },
  {
    input: { name: 'h', type: 'DATE_TIME', defaultValue: 'now' },
    columns: { h: 'timestamp with time zone' },
  },
  {
    input: { name: 'i', type: 'SELECT', options: OPTIONS, defaultValue: "'MID'", isNullable: false },
    columns: { i: 'rocket_i' },
  },
  {
    input: { name: 'j', type: 'MULTI_SELECT', options: OPTIONS, defaultValue: ["'LOW'", "'HIGH'"] },
    columns: { j: 'rocket_j[]' },
  },
  { input: { name: 'k', type: 'RATING', defaultValue: "'RATING_3'" }, columns: { k: 'rocket_k' } },
  { input: { name: 'l', type: 'ARRAY', defaultValue: ["'x'", "'y z'"] }, columns: { l: 'text[]' } },
  { input: { name: 'm', type: 'RAW_JSON', defaultValue: { a: [1] } }, columns: { m: 'jsonb' } },
  {
    input: { name: 'n', type: 'FULL_NAME' },
    columns: { n_first_name: 'text', n_last_name: 'text' },
  },
  {
    input: { name: 'o', type: 'EMAILS' },
    columns: { o_primary_email: 'text', o_additional_emails: 'jsonb' },
  },
  {
    input: { name: 'p', type: 'PHONES' },
    columns: {
      p_primary_phone_number: 'text',
      p_primary_phone_country_code: 'text',
      p_primary_phone_calling_code: 'text',
      p_additional_phones: 'jsonb',
    },
  },
  {
    input: { name: 'q', type: 'LINKS' },
    columns: { q_primary_link_label: 'text', q_primary_link_url: 'text', q_secondary_links: 'jsonb' },
  },
  {
    input: { name: 'r', type: 'CURRENCY', defaultValue: { amountMicros: null, currencyCode: "'EUR'" } },
    columns: { r_amount_micros: 'numeric', r_currency_code: 'text' },
  },
  {
    input: { name: 's', type: 'ADDRESS' },
    columns: {
      s_street1: 'text',
      s_street2: 'text',
      s_city: 'text',
      s_postcode: 'text',
      s_state: 'text',
      s_country: 'text',
      s_lat: 'numeric',
      s_lng: 'numeric',
    },
  },
  {
    input: { name: 't', type: 'ACTOR' },
    columns: { t_source: 'actor_source', t_workspace_member_id: 'uuid', t_name: 'text', t_context: 'jsonb' },
  },
  { input: { name: 'u', type: 'RICH_TEXT' }, columns: { u_blocknote: 'text', u_markdown: 'text' } },
]

test('stores every type in its columns, and reads it as it was created', async (t) => {
  const { makeObject, makeField, pool, workspace, sql } = await openModel(t)
  await makeObject('rocket')
  await sql(`insert into @.rocket (name) values ('before')`)
  for (const { input, columns } of TYPES) {
    const { id, model } = await makeField('rocket', { ...input, label: `Label of ${input.name}` })
    const field = fieldIn(model, 'rocket', input.name)
    t.like(
      field,
      {
        id,
        type: input.type as typeof field.type,
        label: `Label of ${input.name}`,
        isCustom: true,
        isActive: true,
      },
      input.type,
    )
    t.is(field.isNullable, input.isNullable ?? true, input.type)
    const typeDefault =
      input.type === 'ACTOR'
        ? { source: "'MANUAL'", workspaceMemberId: null, name: "''", context: null }
        : null
    t.deepEqual(field.defaultValue, input.defaultValue ?? typeDefault, input.type)
    const settings = typeof input.settings === 'object' ? input.settings : {}
    for (const [key, value] of Object.entries(settings ?? {})) t.is(field.settings?.[key], value, input.type)
    const rows = await sql(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = '@.rocket'::regclass and attname ~ $1 and not attisdropped order by attnum`,
      [`^${input.name}(_|$)`],
    )
    const bare = (type: unknown) => String(type).replace(/^.*\./, '')
    t.deepEqual(Object.fromEntries(rows.map((row) => [row.name, bare(row.type)])), columns, input.type)
    const renamed = await updateField(pool, workspace.id, id, { name: `${input.name}2Renamed` })
    t.is(fieldIn(renamed.model, 'rocket', `${input.name}2Renamed`).id, id)
    t.is(fieldIn(renamed.model, 'rocket', `${input.name}2Renamed`).type, field.type)
    const { model: after } = await deleteField(pool, workspace.id, id)
    t.false(objectIn(after, 'rocket').fields.some((each) => each.id === id))
  }
  t.deepEqual(await sql(`select typname from pg_type where typname like 'rocket_%' and typtype = 'e'`), [])
})

test('two texts that look like parts of a composite stay two texts', async (t) => {
  const { makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  await makeField('rocket', { name: 'crewFirstName', type: 'TEXT' })
  const { model } = await makeField('rocket', { name: 'crewLastName', type: 'TEXT' })
  t.is(fieldIn(model, 'rocket', 'crewFirstName').type, 'TEXT')
  t.is(fieldIn(model, 'rocket', 'crewLastName').type, 'TEXT')
})

test('keeps names that do not survive the way to Postgres and back', async (t) => {
  const { makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  const { model } = await makeField('rocket', { name: 'externalID', type: 'TEXT' })
  t.is(fieldIn(model, 'rocket', 'externalID').name, 'externalID')
  t.deepEqual(await refusalOf(makeField('rocket', { name: 'externalId', type: 'TEXT' })), [
    'Name "externalId" is not available as it is already used by another field',
  ])
})

test('a unique field counts live records only, and can stop being one', async (t) => {
  const { makeObject, makeField, sql, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const { id, model } = await makeField('rocket', { name: 'code', type: 'TEXT', isUnique: true })
  t.true(fieldIn(model, 'rocket', 'code').isUnique)
  await sql(`insert into @.rocket (code, deleted_at) values ('x', now()), ('x', null)`)
  await t.throwsAsync(sql(`insert into @.rocket (code) values ('x')`), { message: /rocket_code_key/ })
  const off = await updateField(pool, workspace.id, id, { isUnique: false })
  t.false(fieldIn(off.model, 'rocket', 'code').isUnique)
  await sql(`insert into @.rocket (code) values ('x')`)
  const error = await t.throwsAsync(updateField(pool, workspace.id, id, { isUnique: true }))
  t.regex(error?.message ?? '', /same value/)
  t.false(
    fieldIn((await makeField('rocket', { name: 'other', type: 'TEXT' })).model, 'rocket', 'code').isUnique,
  )
})

test('options are added, renamed, reordered and removed; records lose removed options', async (t) => {
  const { makeObject, makeField, sql, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const { id } = await makeField('rocket', {
    name: 'risk',
    type: 'SELECT',
    options: OPTIONS,
    defaultValue: "'LOW'",
    isNullable: false,
  })
  const list = await makeField('rocket', { name: 'risks', type: 'MULTI_SELECT', options: OPTIONS })
  await sql(
    `insert into @.rocket (risk, risks) values ('LOW', '{LOW,MID}'), ('MID', '{MID}'), ('HIGH', '{HIGH,LOW}')`,
  )
  const now = fieldIn(list.model, 'rocket', 'risk').options ?? []
  const change = async (field: string, options: readonly object[], more = {}) =>
    updateField(pool, workspace.id, field, { options, ...more })
  const held = async () =>
    (await sql('select risk::text, risks::text[] as risks from @.rocket order by created_at, id')).map(
      (row) => `${row.risk} ${row.risks}`,
    )

  const swapped = await change(
    id,
    now.map((option) => ({ ...option, value: { LOW: 'MID', MID: 'LOW', HIGH: 'TOP' }[option.value] })),
  )
  t.deepEqual(await held(), ['MID LOW,MID', 'LOW MID', 'TOP HIGH,LOW'])
  t.is(fieldIn(swapped.model, 'rocket', 'risk').defaultValue, "'MID'")
  const options = fieldIn(swapped.model, 'rocket', 'risk').options ?? []
  t.deepEqual(
    options.map((option) => option.id),
    now.map((option) => option.id),
  )

  const added = await change(id, [...options, { value: 'NONE', label: 'None', position: 9, color: 'gray' }])
  t.deepEqual(
    fieldIn(added.model, 'rocket', 'risk').options?.map(({ value }) => value),
    ['MID', 'LOW', 'TOP', 'NONE'],
  )
  t.deepEqual(added.plan.rows, [])

  const removed = await change(
    id,
    (fieldIn(added.model, 'rocket', 'risk').options ?? [])
      .filter(({ value }) => value !== 'LOW')
      .reverse()
      .map((option, position) => ({ ...option, position })),
  )
  t.deepEqual(
    fieldIn(removed.model, 'rocket', 'risk').options?.map(({ value }) => value),
    ['NONE', 'TOP', 'MID'],
  )
  t.deepEqual(await held(), ['MID LOW,MID', 'MID MID', 'TOP HIGH,LOW'])

  t.deepEqual(await refusalOf(change(id, [{ value: 'TOP', label: 'Top', position: 0, color: 'red' }])), [
    `Default value "'MID'" must be one of the option values`,
  ])
  await change(
    id,
    [
      { value: 'NEW', label: 'New', position: 0, color: 'red' },
      { value: 'MID', label: 'Mid', position: 1, color: 'red' },
    ],
    { defaultValue: "'NEW'" },
  )
  t.deepEqual(await held(), ['MID LOW,MID', 'MID MID', 'NEW HIGH,LOW'])
  await change(list.id, OPTIONS.slice(0, 2))
  t.deepEqual(await held(), ['MID LOW,MID', 'MID MID', 'NEW LOW'])
})

test('widens numbers if no digit is lost, and explains the other cases', async (t) => {
  const { makeObject, makeField, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const { id } = await makeField('rocket', { name: 'thrust', type: 'NUMBER', settings: { dataType: 'int' } })
  const { model } = await updateField(pool, workspace.id, id, { settings: { dataType: 'bigint' } })
  t.is(fieldIn(model, 'rocket', 'thrust').settings?.dataType, 'bigint')
  t.deepEqual(await refusalOf(updateField(pool, workspace.id, id, { settings: { dataType: 'float' } })), [
    'The number cannot become float: numbers above 9007199254740992 would lose digits',
  ])
})

test('a required field needs a default, which fills the records that have none', async (t) => {
  const { makeObject, makeField, pool, workspace, sql } = await openModel(t)
  await makeObject('rocket')
  t.deepEqual(await refusalOf(makeField('rocket', { name: 'fuel', type: 'TEXT', isNullable: false })), [
    'Default value cannot be null for non-nullable fields',
  ])
  const { id } = await makeField('rocket', { name: 'fuel', type: 'TEXT' })
  await sql(`insert into @.rocket (name) values ('x')`)
  const { model } = await updateField(pool, workspace.id, id, { isNullable: false, defaultValue: "'RP-1'" })
  t.like(fieldIn(model, 'rocket', 'fuel'), { isNullable: false, defaultValue: "'RP-1'" })
  t.deepEqual(await sql('select fuel from @.rocket'), [{ fuel: 'RP-1' }])
})

test('refuses fields in the words of the contract', async (t) => {
  const { makeObject, makeField, pool, workspace, describe } = await openModel(t)
  await makeObject('rocket')
  await makeField('rocket', { name: 'home', type: 'ADDRESS' })
  const RESERVED = 'This name is reserved. Use a different name or the system will add "Custom" suffix.'
  const used = (name: string) => `Name "${name}" is not available as it is already used by another field`
  const select = { name: 'risk', type: 'SELECT' } as const
  const option = OPTIONS[0]
  const table: readonly (readonly [Parameters<typeof makeField>[1], string])[] = [
    [
      { name: 'Thrust', type: 'TEXT' },
      'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters',
    ],
    [{ name: '', type: 'TEXT' }, 'Name is too short'],
    [{ name: 'x'.repeat(64), type: 'TEXT' }, 'Name is too long'],
    [{ name: 'type', type: 'TEXT' }, RESERVED],
    [{ name: 'and', type: 'TEXT' }, RESERVED],
    [{ name: 'thrust', label: '', type: 'TEXT' }, 'Field label is too short'],
    [{ name: 'thrust', label: 'x'.repeat(64), type: 'TEXT' }, 'Field label is too long'],
    [
      { name: 'thrust', label: 'Power', type: 'TEXT', isLabelSyncedWithName: true },
      'Name is not synced with label.',
    ],
    [{ name: 'name', type: 'TEXT' }, used('name')],
    [{ name: 'createdAt', type: 'DATE' }, used('createdAt')],
    [{ name: 'homeCity', type: 'TEXT' }, used('homeCity')],
    [{ name: 'thrust', type: 'TS_VECTOR' }, 'TS Vector is not supported for field creation'],
    [
      { name: 'thrust', type: 'NUMERIC' },
      'Field type NUMERIC is not supported for field creation. Use NUMBER instead.',
    ],
    [{ name: 'thrust', type: 'POSITION' }, 'Field type POSITION must be named "position"'],
    [select, 'Options are required for enum fields'],
    [{ ...select, options: [] }, 'Options are required for enum fields'],
    [
      { ...select, options: [{ ...option, value: 'low' }] },
      'Value must be in UPPER_CASE and follow snake_case "low"',
    ],
    [{ ...select, options: [{ ...option, value: 'X'.repeat(64) }] }, 'Option value exceeds 63 characters'],
    [{ ...select, options: [{ ...option, label: 'a,b' }] }, 'Label must not contain a comma'],
    [{ ...select, options: [{ ...option, label: 'x'.repeat(64) }] }, 'Option label exceeds 63 characters'],
    [{ ...select, options: [{ ...option, id: 'x' }] }, 'Option id is invalid'],
    [{ ...select, options: [option, option] }, 'Duplicated option value'],
    [{ ...select, options: [option, { ...OPTIONS[1], position: 0 }] }, 'Duplicated option position'],
    [{ ...select, options: OPTIONS, defaultValue: 'LOW' }, 'Default value should be as quoted string'],
    [
      { ...select, options: OPTIONS, defaultValue: "'X'" },
      `Default value "'X'" must be one of the option values`,
    ],
    [
      { name: 'r', type: 'MULTI_SELECT', options: OPTIONS, defaultValue: "'LOW'" },
      "Default value for multi-select must be an array got 'LOW'",
    ],
    [
      { name: 'r', type: 'MULTI_SELECT', options: OPTIONS, defaultValue: [] },
      'If defined default value must contain at least one value',
    ],
    [
      { name: 'r', type: 'MULTI_SELECT', options: OPTIONS, defaultValue: ["'LOW'", "'LOW'"] },
      'Default values must be unique',
    ],
    [
      { name: 'r', type: 'FULL_NAME', isUnique: true },
      'Unique index cannot be created for field r of type FULL_NAME',
    ],
    [
      { name: 'r', type: 'TEXT', isUnique: true, defaultValue: "'x'" },
      'Unique index cannot be created for field r of type TEXT',
    ],
    [{ name: 'r', type: 'RELATION' }, 'Relation creation payload is required'],
    [{ name: 'r', type: 'MORPH_RELATION' }, 'Morph relation creation payloads are empty'],
  ]
  for (const [input, message] of table)
    t.true((await refusalOf(makeField('rocket', input))).includes(message), message)
  const model = await describe()
  const company = fieldIn(model, 'company', 'name').id
  t.deepEqual(await refusalOf(updateField(pool, workspace.id, company, { name: 'firm' })), [
    'Cannot edit standard field metadata properties: name',
  ])
  t.deepEqual(await refusalOf(deleteField(pool, workspace.id, company)), [
    'Cannot delete standard field "name"',
  ])
  t.deepEqual(await refusalOf(deleteField(pool, workspace.id, fieldIn(model, 'rocket', 'createdAt').id)), [
    'Cannot delete standard field "createdAt"',
  ])
  const name = fieldIn(model, 'rocket', 'name').id
  t.deepEqual(await refusalOf(updateField(pool, workspace.id, name, { isActive: false })), [
    'Cannot deactivate label identifier field',
  ])
  t.is((await refusalOf(deleteField(pool, workspace.id, name))).length, 1)
})

test('reports all faults of a field at once', async (t) => {
  const { makeObject, makeField, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const label = 'Field label is too short'
  const name = 'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters'
  const option = { value: 'LOW', label: 'a,b', position: 0, color: 'red' }
  t.deepEqual(
    await refusalOf(makeField('rocket', { name: 'Bad Name', label: '', type: 'SELECT', options: [option] })),
    [name, label, 'Label must not contain a comma'],
  )
  const { id } = await makeField('rocket', { name: 'fuel', type: 'BOOLEAN' })
  t.deepEqual(await refusalOf(updateField(pool, workspace.id, id, { label: '', defaultValue: 5 })), [
    label,
    'Default value of type BOOLEAN must be a boolean',
  ])
})

test('refuses default values that Postgres would refuse or round, before the statement runs', async (t) => {
  const { makeObject, makeField, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const refused: readonly (readonly [
    Pick<CreateFieldInput, 'type' | 'settings' | 'defaultValue'>,
    string,
  ])[] = [
    [
      { type: 'DATE', defaultValue: "'nodate'" },
      `type DATE must be "now" or a quoted date such as "'2026-01-31'"`,
    ],
    [
      { type: 'DATE', defaultValue: "'2026-02-30'" },
      `type DATE must be "now" or a quoted date such as "'2026-01-31'"`,
    ],
    [
      { type: 'DATE_TIME', defaultValue: "'2026-02-28T25:00:00Z'" },
      `type DATE_TIME must be "now" or a quoted date and time such as "'2026-01-31T09:00:00Z'"`,
    ],
    [{ type: 'UUID', defaultValue: "'x'" }, 'type UUID must be "uuid" or a quoted UUID'],
    [
      { type: 'NUMBER', settings: { dataType: 'bigint' }, defaultValue: 1.5 },
      'type NUMBER (bigint) must be a whole number up to 9223372036854775807',
    ],
    [
      { type: 'NUMBER', settings: { dataType: 'int' }, defaultValue: 3_000_000_000 },
      'type NUMBER (int) must be a whole number up to 2147483647',
    ],
    [
      { type: 'CURRENCY', defaultValue: { amountMicros: "'5'" } },
      'sub-field "amountMicros" must be a number',
    ],
    [
      { type: 'PHONES', defaultValue: { additionalPhones: 5 } },
      'sub-field "additionalPhones" must be an object or an array',
    ],
    [
      { type: 'ACTOR', defaultValue: { source: "'NOBODY'" } },
      'sub-field "source" must be quoted and one of EMAIL, CALENDAR, WORKFLOW, AGENT, API, IMPORT, MANUAL, SYSTEM, WEBHOOK, APPLICATION',
    ],
    [
      { type: 'ACTOR', defaultValue: { workspaceMemberId: "'x'" } },
      'sub-field "workspaceMemberId" must be a quoted UUID',
    ],
  ]
  for (const [input, message] of refused)
    t.deepEqual(await refusalOf(makeField('rocket', { name: 'x', ...input })), [
      `Default value of ${message}`,
    ])
  const { id } = await makeField('rocket', { name: 'x', type: 'NUMBER', settings: { dataType: 'int' } })
  t.deepEqual(await refusalOf(updateField(pool, workspace.id, id, { defaultValue: 0.5 })), [
    'Default value of type NUMBER (int) must be a whole number up to 2147483647',
  ])
  await makeField('rocket', { name: 'y', type: 'DATE_TIME', defaultValue: "'2026-01-31 09:00:00+02'" })
})

test('refuses text that Postgres cannot hold, wherever it stands', async (t) => {
  const { makeObject, makeField, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const { id } = await makeField('rocket', { name: 'fuel', type: 'TEXT' })
  t.deepEqual(await refusalOf(makeField('rocket', { name: 'x', type: 'TEXT', defaultValue: "'\0'" })), [
    'Text cannot contain NUL: defaultValue',
  ])
  t.deepEqual(await refusalOf(updateField(pool, workspace.id, id, { description: 'a\0b' })), [
    'Text cannot contain NUL: description',
  ])
})

test('standard fields take labels, relations and morph groups too', async (t) => {
  const { pool, workspace, describe } = await openModel(t)
  for (const [object, name] of [
    ['company', 'name'],
    ['company', 'people'],
    ['person', 'company'],
    ['noteTarget', 'target'],
    ['company', 'createdBy'],
  ] as const) {
    const { id } = fieldIn(await describe(), object, name)
    const { model } = await updateField(pool, workspace.id, id, {
      label: 'Other',
      description: 'Why',
      icon: null,
    })
    t.like(fieldIn(model, object, name), { id, label: 'Other', description: 'Why', icon: null })
  }
})

test('a list of options has its default where a table took the name of its type', async (t) => {
  const { makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  await makeObject('rocketStage')
  const { model } = await makeField('rocket', {
    name: 'stage',
    type: 'MULTI_SELECT',
    options: [{ value: 'FIRST', label: 'First', position: 0 }],
    defaultValue: ["'FIRST'"],
  })
  t.deepEqual(fieldIn(model, 'rocket', 'stage').defaultValue, ["'FIRST'"])
})

test('a number takes none of the names that every object has for its type', async (t) => {
  const { makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  for (const dataType of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
    await t.throwsAsync(makeField('rocket', { name: 'n', type: 'NUMBER', settings: { dataType } }), {
      message: `A number is int, bigint or float, not "${dataType}".`,
    })
})
