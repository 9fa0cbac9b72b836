// Descriptions of the parts that every workspace's schema has, by name. They are constants: a schema costs no
// memory for them, and equal fields of a name, type and description stay one object (compact.ts).

import { LIST_ARGUMENT_NAMES } from '../../../tenants/model/reserved.ts'
import { CHANGE_OPERATIONS } from '../../changes/entry.ts'
import { LIST_ARGUMENTS } from '../../records/read/listArgument.ts'

type Texts = Readonly<Record<string, string>>

/** Types that belong to no object. */
export const SHARED_TYPE_TEXTS: Texts = {
  Query: 'Reads records.',
  Mutation: 'Writes records. The mutations of a document run in order, each in its own transaction.',
  Subscription: 'Changes to records, as they are committed.',
  PageInfo: 'Start and end of a page, and whether there are other pages.',
  ChangeActor: 'Who made a change: a key or a member over the API, the database user in SQL.',
  OrderByDirection: 'A direction, and the position of nulls.',
  FilterIs: 'Whether a value is null.',
  OnError: 'What a batch does if a record fails: ABORT writes no record, CONTINUE writes the others.',
  WeekStartDay: 'The first day of a week.',
  ActorSourceEnum: 'How a record was created.',
  SearchRecord: 'A record found by full-text search.',
  SearchResultConnection: 'A page of search results.',
  SearchResultEdge: 'A search result and its cursor.',
  SearchResultPageInfo: 'End of a page of search results.',
  ObjectRecordFilterInput: 'Conditions on fields that all objects have.',
  ObjectRecordGroupByDateGranularity: 'A period that dates are grouped by, or a part of the date.',
  ObjectRecordGroupByDateInput: 'Groups by a period of a date.',
  ObjectRecordOrderByDateInput: 'Orders groups by a period of a date.',
  RichTextFilter: 'Conditions on the parts of a rich text; all of them must hold.',
  FullName: 'First and last name of a person.',
  Emails: 'E-mail addresses, with a primary one.',
  Phones: 'Phone numbers, with a primary one.',
  Links: 'Links, with a primary one.',
  Currency: 'An amount in millionths of a currency.',
  Address: 'A postal address with coordinates.',
  Actor: 'Who wrote a record, and how.',
  RichText: 'A formatted text.',
}

/** Types by the suffix after the name of an object or a composite. */
export const SUFFIX_TEXTS: Texts = {
  HistoryEntryConnection: 'A page of changes to one record.',
  HistoryEntryEdge: 'A change and its cursor.',
  HistoryEntry: 'A change to one record.',
  Change: 'A change to a record.',
  GroupByConnection: 'A group of records with its aggregates.',
  Connection: 'A page of records, with aggregates over all records that match.',
  Edge: 'A record and its cursor.',
  OrderByWithGroupByInput: 'An order of groups, by a field or by an aggregate.',
  OrderByAggregateInput: 'An order of groups by an aggregate.',
  WhereUniqueInput: 'Identifies a record by its key or a unique value.',
  WhereInput: 'The unique parts of a field.',
  QuantifierInput: 'A condition on the related records.',
  RelationInput: 'Connects a record to a related one, or disconnects them.',
  ConnectInput: 'The record to connect to.',
  GroupByInput: 'Fields to group by.',
  OrderByInput: 'Fields to order by, each with a direction.',
  FilterInput: 'Conditions on the fields; all of them must hold.',
  CreateInput: 'Values of a new record.',
  UpdateInput: 'Values to change; absent fields keep theirs.',
  Filter: 'Conditions on one value; all of them must hold.',
  Enum: 'The options of a field.',
}

/** Fields of types with these suffixes, where the field itself has no text. */
export const MEMBER_TEXTS: Texts = {
  OrderByWithGroupByInput: 'Direction of the groups by this field.',
  OrderByAggregateInput: 'Direction of the groups by this aggregate.',
  WhereUniqueInput: 'The value of the record.',
  WhereInput: 'The value of the record.',
  QuantifierInput: 'The condition on a related record.',
  GroupByInput: 'Whether, or how, to group by this field.',
  OrderByInput: 'Direction of this field.',
  FilterInput: 'Conditions on this field.',
  RichTextFilter: 'Conditions on this part.',
  CreateInput: 'The value; the default if absent.',
  UpdateInput: 'The new value; unchanged if absent.',
}

/** Fields by name, in types that have no object of their own behind the field. */
export const STRUCTURE_TEXTS: Texts = {
  edges: 'The records of the page.',
  node: 'The record.',
  cursor: 'Its cursor, for `after` and `before`.',
  pageInfo: 'Start and end of the page.',
  hasNextPage: 'Whether there are records after this page.',
  hasPreviousPage: 'Whether there are records before this page.',
  startCursor: 'Cursor of the first record.',
  endCursor: 'Cursor of the last record.',
  groupByDimensionValues: 'The values that the records of the group share, in the order of `groupBy`.',
  totalCount: 'Number of matching records; null if they are not counted.',
  totalCountIsEstimate: 'Whether `totalCount` is an estimate.',
  isPartial: 'Whether more records match than were ranked.',
  and: 'All of these conditions must hold.',
  or: 'At least one of these conditions must hold.',
  not: 'The condition must not hold.',
  some: 'At least one related record must match.',
  every: 'All related records must match.',
  none: 'No related record may match.',
  connect: 'Connects to this record.',
  disconnect: 'Removes the link.',
  where: 'Identifies the record.',
  aggregate: 'Order by an aggregate.',
  granularity: 'The period.',
  weekStartDay: 'First day of a week; Monday when absent.',
  timeZone: 'Time zone of the periods; UTC when absent.',
  orderBy: 'Direction.',
  completeSince: 'Time since which all changes are kept; null if history is off.',
  position: 'Position of the change in the history of its record, or in the feed.',
  at: 'Time of its commit.',
  operation: `One of ${CHANGE_OPERATIONS.join(', ')}.`,
  actor: 'Who made the change; null if unknown.',
  changedFields: 'For an update: the fields whose stored values differ.',
  before: 'The record before the change; for an update, its changed fields.',
  after: 'The record after the change; for an update, its changed fields.',
  keyId: 'Id of the key.',
  workspaceMemberId: 'Id of the member.',
  workspaceId: 'Id of the workspace that the key belongs to.',
  roleId: 'Id of the role.',
  requestId: 'Id of the request, as in `X-Request-Id`.',
  databaseUser: 'The database user, for a change in SQL.',
  cause: 'The reason, for a change by the gateway itself.',
  recordId: 'Id of the record.',
  objectNameSingular: 'Name of the object.',
  objectLabelSingular: 'Label of the object.',
  label: 'The label of the record.',
  imageUrl: 'Picture of the record.',
  tsRankCD: 'Rank by how close the words are to each other.',
  tsRank: 'Rank by how often the words occur.',
  id: 'Id of the record.',
  createdAt: 'Conditions on the creation.',
  updatedAt: 'Conditions on the last change.',
  deletedAt: 'Conditions on the move to the trash.',
  previous: 'The record before the change.',
  record: 'The record as it is now.',
}

/** Fields that all managed records have. */
export const RECORD_TEXTS: Texts = {
  createdAt: 'When the record was created.',
  updatedAt: 'When the record last changed.',
  deletedAt: 'When the record was moved to the trash; null for others.',
  createdBy: 'Who created the record, and how.',
  updatedBy: 'Who last changed the record, and how.',
}

/** Aggregates by the beginning of their names. */
export const AGGREGATE_TEXTS: Texts = {
  countUniqueValues: 'Number of different values.',
  countEmpty: 'Number of records without a value.',
  countNotEmpty: 'Number of records with a value.',
  percentageEmpty: 'Share of records without a value, from 0 to 1.',
  percentageNotEmpty: 'Share of records with a value, from 0 to 1.',
  min: 'The smallest value.',
  max: 'The largest value.',
  avg: 'The mean of the values.',
  sum: 'The sum of the values.',
}

/** Operators of the contract that filters do not have. */
export const MISSING_OPERATOR_TEXTS: Texts = {
  regex: 'Not supported; using it is an error.',
  iregex: 'Not supported; using it is an error.',
}

/** Parts of composites. */
export const PART_TEXTS: Texts = {
  firstName: 'First name.',
  lastName: 'Last name.',
  primaryEmail: 'The e-mail address to use first.',
  additionalEmails: 'Further e-mail addresses.',
  primaryPhoneNumber: 'National number, without the calling code.',
  primaryPhoneCountryCode: 'Country, such as `CH`.',
  primaryPhoneCallingCode: 'Calling code, such as `+41`.',
  additionalPhones: 'Further phone numbers: `number`, `countryCode`, `callingCode`.',
  primaryLinkLabel: 'Text of the link.',
  primaryLinkUrl: 'The URL to use first.',
  secondaryLinks: 'Further links: `label`, `url`.',
  amountMicros: 'The amount in millionths of the currency unit.',
  currencyCode: 'Currency, such as `EUR`.',
  addressStreet1: 'Street and number.',
  addressStreet2: 'Second line of the street.',
  addressCity: 'City.',
  addressPostcode: 'Postal code.',
  addressState: 'State or province.',
  addressCountry: 'Country.',
  addressLat: 'Latitude in degrees.',
  addressLng: 'Longitude in degrees.',
  source: 'How the record was made.',
  workspaceMemberId: 'Id of the member; set by the gateway.',
  name: 'Name of the member or the key; set by the gateway.',
  context: 'Additional data from the client.',
  blocknote: 'The text as JSON of the BlockNote editor.',
  markdown: 'The text in Markdown.',
}

export const ARGUMENT_TEXTS: Texts = {
  ...Object.fromEntries(LIST_ARGUMENT_NAMES.map((name) => [name, LIST_ARGUMENTS[name].description])),
  limit: 'Number of results.',
  data: 'The values to write.',
  upsert: 'Update the record with the same key or unique value, if there is one.',
  onError: 'What to do if a record fails.',
  ids: 'Ids of the records.',
  conflictPriorityIndex: 'Position in `ids` of the record that is kept and whose values take priority.',
  dryRun: 'Return the result without changing anything.',
  groupBy: 'Fields to group by, in order.',
  orderByForRecords: 'Order of the records in each group.',
  viewId: 'Ignored: there are no views.',
  offsetForRecords: 'Records of each group to skip.',
  searchInput: 'Words, or the first letters of words.',
  includedObjectNameSingulars: 'Search only these objects.',
  excludedObjectNameSingulars: 'Do not search these objects.',
  operations: 'Operations to include; all by default.',
  position: 'Position of the change in its history.',
}
