import test from 'ava'
import { nameOf, optionValueOf } from '../../console/model/nameOf.ts'
import type { Field } from '../../console/model/object.ts'
import { pluralOf } from '../../console/model/plural.ts'
import { withValue } from '../../console/records/draft.ts'
import { filterText } from '../../console/records/filter.ts'
import { isNumberText, jsonNumber, numberText } from '../../console/records/number.ts'
import { filterablesOf } from '../../console/records/operator.ts'
import { amountOfMicros, microsOfAmount } from '../../console/records/value.ts'
import { pluralOf as gatewaysPluralOf } from '../../tenants/model/number.ts'
import { startTestGateway } from '../support/gateway.ts'

const gateway = await startTestGateway()
test.after.always(gateway.close)

const HOSTILE = [
  'R&D, 100% [sic]',
  'a"b\\c',
  'under_score',
  'underXscore',
  "O'Brien (x)",
  'or(name[eq]:x)',
  '%',
  'ünïcödé 🚀',
] as const

const NAME: Field = {
  id: '',
  name: 'name',
  label: 'Name',
  description: null,
  type: 'TEXT',
  columnType: 'text',
  isCustom: false,
  isActive: true,
  isSystem: false,
  isNullable: true,
  isUnique: false,
  buildState: null,
  buildError: null,
  buildProgress: null,
  defaultValue: null,
  options: null,
  settings: null,
  relation: null,
  morphRelations: null,
}

test('a condition finds the typed text, with any characters', async (t) => {
  const client = await gateway.enter()
  await client.request(
    'POST',
    '/rest/batch/companies',
    HOSTILE.map((name) => ({ name })),
  )
  const filterables = filterablesOf(NAME)
  for (const operator of ['is', 'contains', 'starts with', 'ends with'])
    for (const name of HOSTILE) {
      const filter = filterText([{ path: 'name', operator, values: [name] }], filterables)
      const answer = await client.get(`/rest/companies?${new URLSearchParams({ filter: filter ?? '' })}`)
      const wanted = HOSTILE.filter((each) => (operator === 'is' ? each === name : each.includes(name)))
      t.is(answer.status, 200, `${operator} ${name}`)
      const found: readonly { readonly name: string }[] = answer.body.data.companies
      if (operator === 'is' || operator === 'contains')
        t.deepEqual(found.map((each) => each.name).toSorted(), wanted.toSorted(), `${operator} ${name}`)
      else
        t.true(
          found.some((each) => each.name === name),
          `${operator} ${name}`,
        )
    }
})

test('incomplete conditions are skipped', (t) => {
  const filterables = filterablesOf(NAME)
  t.is(filterText([], filterables), null)
  t.is(filterText([{ path: 'name', operator: 'is', values: [''] }], filterables), null)
  t.is(filterText([{ path: 'gone', operator: 'is', values: ['x'] }], filterables), null)
  t.is(filterText([{ path: 'name', operator: 'is empty', values: [] }], filterables), 'name[is]:NULL')
})

test('amounts are micros with the point moved, digit by digit', (t) => {
  for (const [micros, amount] of [
    ['0', '0'],
    ['1', '0.000001'],
    ['-1', '-0.000001'],
    ['12500000', '12.5'],
    ['12345678901234567891000000', '12345678901234567891'],
    ['12345678901234567891', '12345678901234.567891'],
  ] as const) {
    t.is(amountOfMicros(micros), amount)
    // A number where that is exact, as the API has it.
    t.is(microsOfAmount(amount), Number.isSafeInteger(Number(micros)) ? Number(micros) : micros)
    t.is(amountOfMicros(microsOfAmount(amount)), amount)
  }
  t.is(microsOfAmount('12,5'), null)
  t.is(microsOfAmount('-'), null)
  t.is(microsOfAmount('1e3'), null)
  t.is(amountOfMicros(null), '')
})

test('numbers are shown with all digits, from JSON numbers and from strings', (t) => {
  for (const [value, text] of [
    [12, '12'],
    ['12', '12'],
    [1e-7, '0.0000001'],
    [-1.5e-7, '-0.00000015'],
    [1e21, '1000000000000000000000'],
    [1.25e21, '1250000000000000000000'],
    ['9007199254740993', '9007199254740993'],
    [null, ''],
  ] as const)
    t.is(numberText(value), text)
  for (const text of ['', '1', '-0.5', '.5', '1e3', 'NaN', '-Infinity']) t.true(isNumberText(text), text)
  for (const text of ['1,5', 'x', '--1', '1e', '0x10', '1 2']) t.false(isNumberText(text), text)
})

test('restoring a number does not count as an edit, as a number or as text', (t) => {
  for (const [read, typed] of [
    ['12', 12],
    [12, '12'],
    ['9007199254740993', '9007199254740993'],
  ] as const)
    t.deepEqual(withValue({ count: 1 }, { count: read }, 'count', typed), {})
  t.deepEqual(withValue({}, { count: '12' }, 'count', 13), { count: 13 })
})

test('numbers that JSON would round are sent as strings', (t) => {
  t.is(jsonNumber('12'), 12)
  t.is(jsonNumber('-0.5'), -0.5)
  t.is(jsonNumber('9007199254740993'), '9007199254740993')
  t.is(jsonNumber('9007199254740992'), '9007199254740992')
  t.is(jsonNumber(''), null)
})

test('labels become names that the API accepts', (t) => {
  t.is(nameOf('Date of birth'), 'dateOfBirth')
  t.is(nameOf('  Café crème (cl) '), 'cafeCremeCl')
  t.is(nameOf('2nd line'), 'ndLine')
  t.is(nameOf('日本'), '')
  t.is(optionValueOf('In progress!'), 'IN_PROGRESS')
  t.is(optionValueOf('1st'), 'ST')
})

const NOUNS = `rocket company category canvas lens sms virus focus campus status bonus cookie movie news series data media
  sales analysis basis address class box bus person child man sheep fish invoice key day city hero photo leaf knife index
  matrix vertex schema formula datum criterion quiz alias bias atlas gas axis crisis tax menu cpu agenda audio process dns
  gps chassis goods logistics staff equipment information software hardware money employee cache excuse veto cargo`

test('the suggested plural of a label equals the one that the gateway derives', (t) => {
  for (const noun of NOUNS.split(/\s+/)) t.is(pluralOf(noun), gatewaysPluralOf(noun), noun)
  t.is(pluralOf(' Cost category '), 'Cost categories')
  t.is(pluralOf('Team News'), 'Team News')
  t.is(pluralOf(''), '')
})
