// Singular and plural of English nouns, for the last word of a camelCase name. Total and deterministic; the
// tables below have the words that pluralize lacks. A word that ends in s without being a plural (canvas,
// sms, news) stays as it is.

import pluralize from 'pluralize'
import { remembering } from '../../sql/remembering.ts'

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/))

/** One form for both numbers, beyond the list of pluralize. */
const UNCOUNTABLE = set(
  `chassis debris tennis economics electronics ethics genetics gymnastics linguistics logistics mathematics physics
  politics robotics devops ops sales goods means thanks sudo money furniture luggage middleware malware pants shorts
  trousers clothes earnings kubernetes`,
)
const UNCOUNTABLE_ENDING = /(?:data|media|news|series|species)$/

/** Pluralize wrongly lists these as uncountable. */
const COUNTABLE = set('agenda aid audio anime mail')

/** Singulars that end in s, most of them with a plural in -es. */
const SINGULAR_S = set(
  `canvas lens atlas gas alias bias pancreas christmas cosmos chaos ethos pathos rhinoceros thermos asbestos summons
  yes trellis penis pelvis iris ibis metropolis necropolis acropolis portcullis dermis epidermis mantis marquis
  chrysalis cannabis gis redis kudos this his has was
  sms mms ems dns gps ios macos watchos cms lms wms tms oms pms dms pos vps ips irs aws css tls sns sqs ses eks ecs kms
  nas sas saas paas iaas dbms rdbms vfs nfs efs ntfs dfs hdfs hls iss sos dos ddos ups usps mrs sus https`,
)

/** Plurals of singulars in -u and -i that look like singulars in -us and -is. */
const VOWEL_PLURAL =
  /^(?:guru|v?cpu|gpu|tpu|npu|sku|psu|mcu|haiku|sudoku|tofu|tutu|zebu|kudu|emu|gnu|(?:sub|main)?menu|snafu|tiramisu|zulu|hindu|taxi|maxi|safari|uri|sari|calamari|poi|roi)s$/

/** Singulars in -e whose plural pluralize reduces to a singular without it. */
const E = set(
  `bookie lingerie
  cookie movie calorie prairie brownie rookie hoodie selfie smoothie newbie goalie sortie freebie pixie magpie veggie
  roadie techie foodie birdie zombie genie tie lie pie untie necktie bowtie cutie groupie hippie indie junkie auntie
  budgie eerie faerie lassie laddie quickie talkie townie yuppie wedgie hoagie doggie homie oldie boogie bogie caddie
  walkie eyrie reverie rotisserie patisserie brasserie coterie cabbie dearie hankie kiddie nightie sweetie toughie
  cache niche ache headache toothache stomachache heartache backache avalanche cliche psyche creche brioche quiche
  moustache mustache cartouche douche gouache pastiche porsche apache
  excuse fuse accuse refuse diffuse confuse infuse defuse recluse muse ruse abuse use disuse misuse reuse pose dose`,
)

const IRREGULAR: ReadonlyMap<string, string> = new Map(
  `virus viruses/focus focuses/syllabus syllabuses/terminus terminuses/uterus uteruses/corpus corpora/opus opuses/
  vortex vortices/waltz waltzes/quartz quartzes/veto vetoes/embargo embargoes/mosquito mosquitoes/cargo cargoes/
  axis axes/datum datums/curriculum curriculums/memorandum memorandums/schema schemas/larva larvae/formula formulas`
    .split('/')
    .map((pair) => {
      const [singular = '', plural = ''] = pair.trim().split(' ')
      return [singular, plural]
    }),
)

const SINGULARS: ReadonlyMap<string, string> = new Map([
  ...[...E, ...COUNTABLE].map((word): [string, string] => [`${word}s`, word]),
  ...[...IRREGULAR].map(([singular, plural]): [string, string] => [plural, singular]),
])

/** `analyses` → `analysis`; `bases` and `uses` are plurals of other words. */
const SIS_PLURAL =
  /(?:analy|paraly|cataly|dialy|electroly|hydroly|diagno|progno|the|oa|empha|neuro|psycho|metamorpho|synop|ellip|gene|neme|symbio|osmo|mito|meio|thrombo|cirrho|cri)ses$/

/** Whether a word that ends in s is a singular. */
const isSingularInS = (word: string): boolean =>
  SINGULAR_S.has(word) || (/(?:ss|[sx]is|[^aeo]us)$/.test(word) && !VOWEL_PLURAL.test(word))

const isUncountable = (word: string): boolean => {
  if (UNCOUNTABLE.has(word) || UNCOUNTABLE_ENDING.test(word)) return true
  if (COUNTABLE.has(word) || IRREGULAR.has(word) || VOWEL_PLURAL.test(word) || isSingularInS(word))
    return false
  return pluralize.plural(word) === word && pluralize.singular(word) === word
}

/**
 * Words that a process remembers: deriving a model asks for the same ones after every change, and pluralize
 * tries a hundred expressions, several times for a word: 0.1 ms.
 */
const MAX_WORDS = 5_000

const singularOfWord = remembering(MAX_WORDS, (word) => {
  // "s", "os" and "js" are abbreviations.
  if (word.length <= 2 || isUncountable(word)) return word
  const known = SINGULARS.get(word)
  if (known !== undefined) return known
  if (isSingularInS(word)) return word
  const stem = word.slice(0, -2)
  if (word.endsWith('es') && (isSingularInS(stem) || stem === 'os')) return stem
  if (SIS_PLURAL.test(word)) return `${stem}is`
  return VOWEL_PLURAL.test(word) ? word.slice(0, -1) : pluralize.singular(word)
})

const pluralOfWord = remembering(MAX_WORDS, (word) => {
  if (isUncountable(word) || singularOfWord(word) !== word) return word
  const known = IRREGULAR.get(word)
  if (known !== undefined) return known
  if (COUNTABLE.has(word)) return `${word}s`
  if (/[sx]is$/.test(word)) return word.replace(/is$/, 'es')
  return word.endsWith('s') && !word.endsWith('us') ? `${word}es` : pluralize.plural(word)
})

/** Converts the last word of a camelCase name: the head of an English compound comes last. */
const ofLastWord = (camelName: string, convert: (word: string) => string): string => {
  const [last = ''] = /[A-Z]?[^A-Z]*$/.exec(camelName) ?? []
  const lower = last.toLowerCase()
  const converted = convert(lower)
  if (converted === lower) return camelName
  const stem = camelName.slice(0, camelName.length - last.length)
  return stem + (last === lower ? converted : converted.charAt(0).toUpperCase() + converted.slice(1))
}

/** `company` → `companies`; a word without a plural of its own is returned unchanged. */
export const pluralOf = (camelName: string): string => ofLastWord(camelName, pluralOfWord)

/** `companies` → `company`. */
export const singularOf = (camelName: string): string => ofLastWord(camelName, singularOfWord)
