// What the contract has and this gateway has not. In: a name that nothing bears here, of an operation, a
// type, an object or a path; out: a sentence that says which part is missing, or null for any other name.
// Whoever asks for such a thing should learn that looking for the right spelling is no use.

interface Part {
  readonly sentence: string
  /** Any of them in a camelCase name tells it; the first part that fits decides. */
  readonly words: readonly string[]
}

const PARTS: readonly Part[] = [
  { sentence: 'Webhooks are not supported.', words: ['webhook'] },
  { sentence: 'Sharing of single records is not supported.', words: ['share', 'sharing'] },
  {
    sentence: 'AI, agents and chats are not supported.',
    words: ['ai', 'agent', 'chat', 'skill', 'tool', 'evaluation'],
  },
  {
    sentence: 'Applications and their functions are not supported.',
    words: ['application', 'app', 'marketplace', 'logic', 'front', 'connection', 'connected', 'job'],
  },
  {
    sentence: 'Billing and usage quotas are not supported.',
    words: [
      'billing',
      'plan',
      'checkout',
      'payment',
      'enterprise',
      'subscription',
      'trial',
      'credit',
      'usage',
    ],
  },
  {
    sentence: 'Messages, e-mail and calendars are not supported.',
    words: [
      'message',
      'emailing',
      'channel',
      'campaign',
      'suppression',
      'unsubscribe',
      'imap',
      'calendar',
      'recording',
      'blocklist',
    ],
  },
  { sentence: 'Files are not supported. Keep links in a LINKS field instead.', words: ['file', 'upload'] },
  {
    sentence: 'Dashboards, page layouts and menus are not supported.',
    words: ['dashboard', 'layout', 'widget', 'chart', 'menu', 'favorite'],
  },
  { sentence: 'Views are not supported.', words: ['view'] },
  { sentence: 'Workflows are not supported.', words: ['workflow'] },
  { sentence: 'Events and event streams are not supported.', words: ['event', 'stream'] },
  {
    sentence: 'Passwords, invitations and domains are not supported: people sign in by a link.',
    words: [
      'sign',
      'password',
      'otp',
      'sso',
      'invite',
      'invitation',
      'domain',
      'impersonate',
      'impersonation',
      'exists',
    ],
  },
]

const wordsOf = (name: string): ReadonlySet<string> =>
  new Set(
    name
      .split(/(?=[A-Z])|[^A-Za-z]+/)
      .map((word) => word.toLowerCase())
      .flatMap((word) => [word, word.replace(/s$/, '')]),
  )

export const unsupported = (name: string): string | null => {
  const words = wordsOf(name.slice(0, 200))
  return PARTS.find((part) => part.words.some((word) => words.has(word)))?.sentence ?? null
}

/** Standard objects of the contract that are no objects here, and those that its older versions had. */
const OBJECTS = `
  blocklist calendarChannelEventAssociation calendarEvent calendarEventParticipant calendarEventTarget callRecording
  dashboard message messageCampaign messageList messageListMember messageParticipant messageChannelMessageAssociation
  messageChannelMessageAssociationMessageFolder messageThread messageThreadTarget messageSuppression messageChannel
  calendarChannel connectedAccount recordShare workflow workflowAutomatedTrigger workflowRun workflowVersion
  agentChatThread agentChatThreadTarget agentTurn agentMessage agentMessagePart agentTurnEvaluation favorite
  favoriteFolder view viewField viewFilter viewSort viewGroup webhook
`
  .trim()
  .split(/\s+/)
const OBJECT_NAMES = new Set(OBJECTS.flatMap((name) => [name, `${name}s`]))
const BESIDE_THE_NAME =
  /^(?:create|update|delete|destroy|restore|merge)(?=[A-Z])|(?:GroupBy|Duplicates|Connection|Edge|(?:Filter|Create|Update|OrderBy|GroupBy)Input)$/g

/** The same for records, whose objects anybody may name as they like: only for the contract's own names. */
export const unsupportedObject = (name: string): string | null => {
  const bare = name.slice(0, 200).replace(BESIDE_THE_NAME, '')
  const object = bare.charAt(0).toLowerCase() + bare.slice(1)
  return OBJECT_NAMES.has(object) ? unsupported(object) : null
}
