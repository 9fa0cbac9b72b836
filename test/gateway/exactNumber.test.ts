import test from 'ava'
import fc from 'fast-check'
import { exactJson, keepDigits, mayChange, roundedJson } from '../../tenants/model/value/exactNumber.ts'

const parsed = (json: string): unknown => JSON.parse(json)

test('a decimal is a JSON number where a double holds it exactly, and a string with all digits beyond', (t) => {
  for (const text of [
    '0',
    '-1',
    '1.50',
    '48.85',
    '9007199254740992',
    '-9007199254740992',
    '0.1',
    '0.1234567890123456',
    '100000000000000.25',
    '0.000000000000000000000001',
    '9007199254740992.000',
  ])
    t.is(exactJson(text), text)
  for (const text of [
    '9007199254740993',
    '-9007199254740993',
    '9007199254740994',
    '9007199254740994.0',
    '100000000000000000000',
    '0.12345678901234567890',
    '9007199254740991.5',
    '12345678901234567890.5',
    `1${'0'.repeat(400)}.5`,
    'NaN',
    'Infinity',
    '-Infinity',
  ])
    t.is(exactJson(text), `"${text}"`)
})

const digits = (from: number, to: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: from, maxLength: to }).map((all) => all.join(''))
const whole = digits(1, 25).map((text) => text.replace(/^0+(?=\d)/, ''))
const decimal = fc
  .tuple(fc.boolean(), whole, digits(0, 25))
  .map(([isNegative, before, after]) => `${isNegative ? '-' : ''}${before}${after === '' ? '' : `.${after}`}`)

/** The number times ten to the power of a hundred, without rounding. */
const scaled = (text: string): bigint => {
  const [mantissa = '', exponent = '0'] = text.split('e')
  const [before = '', after = ''] = mantissa.replace('-', '').split('.')
  const amount = BigInt(before + after) * 10n ** BigInt(100 - after.length + Number(exponent))
  return mantissa.startsWith('-') ? -amount : amount
}

test('a JSON number always has the value of the decimal it stands for', (t) => {
  fc.assert(
    fc.property(decimal, (text) => {
      const value = parsed(exactJson(text))
      t.is(scaled(String(value)), scaled(text))
    }),
  )
})

test('decimals with so few digits that every double keeps them are JSON numbers', (t) => {
  fc.assert(
    fc.property(fc.tuple(digits(1, 8), digits(0, 7)), ([before, after]) => {
      const text = `${before.replace(/^0+(?=\d)/, '')}${after === '' ? '' : `.${after}`}`
      t.is(typeof parsed(exactJson(text)), 'number')
    }),
  )
})

test('a number of a body keeps its value, for any digits and exponent', (t) => {
  const read = (text: string): string => {
    const body = `[${text}]`
    const value: unknown = mayChange(body)
      ? JSON.parse(body, (_key, inner, { source }) => keepDigits(inner, source))
      : JSON.parse(body)
    return JSON.stringify(value).slice(1, -1)
  }
  fc.assert(fc.property(decimal, (text) => t.is(scaled(read(text)), scaled(text))))
  for (const text of ['1e400', '-1E+400', '1e-400', '1.5e308', '123456789012345678901e5'])
    t.is(Number(read(text)), Number(text))
  t.is(read('1e400'), '1e400')
  t.is(read('1e-400'), '1e-400')
})

test('an average is a number as long as its whole part is exact', (t) => {
  t.is(roundedJson('1666666.666666666667'), '1666666.6666666667')
  t.is(roundedJson('2.5000000000000000'), '2.5000000000000000')
  t.is(roundedJson('3086419725309391972.6'), '"3086419725309391972.6"')
  t.is(roundedJson('NaN'), '"NaN"')
})
