// Phone numbers: stored as the national number, the country and the calling code, each of which may follow
// from the others. Completes the given parts, or throws ValueRefusal if they contradict each other.
// A number without any country is kept as it is: the record may have the country already.

import { createRequire } from 'node:module'
import type { CountryCode, PhoneNumber, parsePhoneNumberWithError } from 'libphonenumber-js'
import { isRecord } from '../json.ts'
import { bad, type Normal, type Parts, withItems } from './parts.ts'
import { shown } from './shown.ts'

interface Phone {
  readonly number: string | undefined
  readonly countryCode: string | undefined
  readonly callingCode: string | undefined
}

type Library = typeof import('libphonenumber-js')

interface Numbering extends Library {
  readonly countriesByCallingCode: ReadonlyMap<string, readonly CountryCode[]>
}

const loadNumbering = (): Numbering => {
  const library: Library = createRequire(import.meta.url)('libphonenumber-js')
  const countriesByCallingCode = Map.groupBy(
    library.getCountries(),
    (country) => `+${library.getCountryCallingCode(country)}`,
  )
  return { ...library, countriesByCallingCode }
}

let loaded: Numbering | undefined

/** The phone metadata of the world takes 60 ms to load, so it is loaded for the first phone number. */
const numbering = (): Numbering => {
  loaded ??= loadNumbering()
  return loaded
}

const countryOf = (text: string): CountryCode => {
  if (numbering().isSupportedCountry(text)) return text
  throw bad(`Invalid country code ${shown(text)}`, 'INVALID_PHONE_COUNTRY_CODE')
}

const parse = (
  number: string,
  defaults: Parameters<typeof parsePhoneNumberWithError>[1],
): PhoneNumber | null => {
  const { parsePhoneNumberWithError, ParseError } = numbering()
  try {
    return parsePhoneNumberWithError(number, defaults)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    if (error.message === 'INVALID_COUNTRY' && !number.startsWith('+') && /^[\d\s()./-]{2,20}$/.test(number))
      return null
    throw bad(`Provided phone number is invalid ${shown(number)}`, 'INVALID_PHONE_NUMBER')
  }
}

/** The country with this calling code, if it is the only one. */
const soleCountry = (callingCode: string | undefined): CountryCode | undefined => {
  const countries = numbering().countriesByCallingCode.get(callingCode ?? '') ?? []
  return countries.length === 1 ? countries[0] : undefined
}

const checked = (phone: Phone): { country: CountryCode | undefined; callingCode: string | undefined } => {
  const country = phone.countryCode === undefined ? undefined : countryOf(phone.countryCode)
  const callingCode =
    phone.callingCode === undefined || phone.callingCode.startsWith('+')
      ? phone.callingCode
      : `+${phone.callingCode}`
  if (callingCode === undefined) return { country, callingCode }
  const countries = numbering().countriesByCallingCode.get(callingCode)
  if (countries === undefined)
    throw bad(`Invalid calling code ${shown(phone.callingCode)}`, 'INVALID_PHONE_CALLING_CODE')
  if (country !== undefined && !countries.includes(country))
    throw bad(
      'Provided country code and calling code are conflicting',
      'CONFLICTING_PHONE_CALLING_CODE_AND_COUNTRY_CODE',
    )
  return { country, callingCode }
}

const readPhone = (phone: Phone): Phone => {
  const { country, callingCode } = checked(phone)
  const known: Phone = {
    number: phone.number,
    countryCode: country ?? soleCountry(callingCode),
    callingCode:
      callingCode ?? (country === undefined ? undefined : `+${numbering().getCountryCallingCode(country)}`),
  }
  if (phone.number === undefined) return known
  const parsed = parse(phone.number.trim(), {
    ...(country === undefined ? {} : { defaultCountry: country }),
    ...(callingCode === undefined ? {} : { defaultCallingCode: callingCode.slice(1) }),
  })
  if (parsed === null) return known
  const parsedCode = `+${parsed.countryCallingCode}`
  if (callingCode !== undefined && callingCode !== parsedCode)
    throw bad('Provided and inferred calling code are conflicting', 'CONFLICTING_PHONE_CALLING_CODE')
  if (country !== undefined && (parsed.country ?? country) !== country)
    throw bad('Provided and inferred country code are conflicting', 'CONFLICTING_PHONE_COUNTRY_CODE')
  return {
    number: parsed.nationalNumber,
    countryCode: parsed.country ?? country ?? soleCountry(parsedCode),
    callingCode: parsedCode,
  }
}

/** A number whose normal form parses differently, or not at all, could not be sent back. */
const normalPhone = (phone: Phone): Phone => {
  const read = readPhone(phone)
  const again = readPhone(read)
  if (again.number !== read.number || again.countryCode !== read.countryCode)
    throw bad(`Provided phone number is invalid ${shown(phone.number)}`, 'INVALID_PHONE_NUMBER')
  return read
}

interface Names {
  readonly number: string
  readonly countryCode: string
  readonly callingCode: string
}

/**
 * The three parts under the names of their position; values that are not text are left for others to refuse.
 */
const normalAt = (given: Parts, names: Names): Parts => {
  const textOf = (name: string): string | undefined => {
    const value = given[name]
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }
  const phone: Phone = {
    number: textOf(names.number),
    countryCode: textOf(names.countryCode),
    callingCode: textOf(names.callingCode),
  }
  if (Object.values(phone).every((part) => part === undefined)) return given
  const { number, countryCode, callingCode } = normalPhone(phone)
  return {
    ...given,
    ...(number === undefined ? {} : { [names.number]: number }),
    ...(countryCode === undefined ? {} : { [names.countryCode]: countryCode }),
    ...(callingCode === undefined ? {} : { [names.callingCode]: callingCode }),
  }
}

const PRIMARY: Names = {
  number: 'primaryPhoneNumber',
  countryCode: 'primaryPhoneCountryCode',
  callingCode: 'primaryPhoneCallingCode',
}
const ADDITIONAL: Names = { number: 'number', countryCode: 'countryCode', callingCode: 'callingCode' }

export const normalPhones: Normal = (given, path) =>
  withItems(normalAt(given, PRIMARY), 'additionalPhones', path, (item) => {
    if (!isRecord(item))
      throw bad(`Invalid object value '${shown(item)}' for field "${path}.additionalPhones"`)
    return normalAt(item, ADDITIONAL)
  })
