// Features of the contract that this gateway lacks: from an unknown name of an operation, a type, an object
// or a path to a sentence that names the missing feature, or null. It spares the caller the search for the
// right spelling.

interface Part {
  readonly sentence: string
  /** A camelCase name that contains the word belongs to the feature; the first match wins. */
  readonly words: readonly string[]
}

const PARTS: readonly Part[] = [
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
  {
    sentence:
      'Event streams of the contract are not supported: subscribe to the changes to an object, or read /changes.',
    words: ['event', 'stream'],
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
  { sentence: 'Files are not supported. Keep links in a LINKS field instead.', words: ['file', 'upload'] },
  {
    sentence: 'Dashboards, page layouts and menus are not supported.',
    words: ['dashboard', 'layout', 'widget', 'chart', 'menu', 'favorite'],
  },
  { sentence: 'Views are not supported.', words: ['view'] },
  { sentence: 'Workflows are not supported.', words: ['workflow'] },
  {
    sentence: 'Passwords, invitations and domains are not supported: people sign in with a link.',
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

/** Standard objects of the contract that are not objects here, and those of its older versions. */
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

/** The same for records, only for the contract's own names, because users choose names of objects freely. */
export const unsupportedObject = (name: string): string | null => {
  const bare = name.slice(0, 200).replace(BESIDE_THE_NAME, '')
  const object = bare.charAt(0).toLowerCase() + bare.slice(1)
  return OBJECT_NAMES.has(object) ? unsupported(object) : null
}
