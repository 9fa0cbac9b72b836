// Names that objects and fields cannot have: words that the API's clients use themselves. In: a camelCase name; out: whether
// it is one of them.

/** Each also in its plural. */
const NOUNS = [
  'approvedAccessDomain',
  'appToken',
  'billingCustomer',
  'billingEntitlement',
  'billingMeter',
  'billingProduct',
  'billingSubscription',
  'billingSubscriptionItem',
  'event',
  'featureFlag',
  'field',
  'job',
  'keyValuePair',
  'link',
  'object',
  'pageLayout',
  'pageLayoutTab',
  'pageLayoutWidget',
  'plan',
  'relation',
  'role',
  'twoFactorMethod',
  'type',
  'user',
  'userWorkspace',
  'userWorkspaceRole',
  'workspace',
]

const WORDS = [
  'currency',
  'currencies',
  'fullNames',
  'address',
  'addresses',
  'index',
  'aggregate',
  'search',
  'searches',
]

const RESERVED: ReadonlySet<string> = new Set([...NOUNS, ...NOUNS.map((noun) => `${noun}s`), ...WORDS])

export const isReservedName = (name: string): boolean => RESERVED.has(name)
