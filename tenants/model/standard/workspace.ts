// Standard objects about the workspace itself: its members, files attached to records, and what happened
// when.

import type { FieldDefinition, ObjectDefinition, RelationDefinition } from '../definition.ts'
import { options } from './options.ts'

/**
 * One entry per way of deleting; entries of one name are one morph group. Deleting an opportunity, note or
 * task keeps its history, deleting a person or company removes it.
 */
const target = (
  targets: readonly string[],
  onDelete: RelationDefinition['onDelete'],
  inverse: RelationDefinition['inverse'],
): FieldDefinition => ({
  name: 'target',
  type: 'MORPH_RELATION',
  label: 'Target',
  icon: 'IconArrowUpRight',
  description: 'The record it belongs to',
  relation: { targets, onDelete, inverse },
})

export const WORKSPACE_MEMBER: ObjectDefinition = {
  nameSingular: 'workspaceMember',
  namePlural: 'workspaceMembers',
  labelSingular: 'Workspace member',
  labelPlural: 'Workspace members',
  icon: 'IconUserCircle',
  description: 'A person who works in the workspace',
  isSystem: true,
  labelIdentifier: 'name',
  searchable: ['name', 'userEmail'],
  fields: [
    { name: 'name', type: 'FULL_NAME', label: 'Name', icon: 'IconUserCircle', isNullable: false },
    {
      name: 'colorScheme',
      type: 'TEXT',
      label: 'Colour scheme',
      icon: 'IconColorSwatch',
      isNullable: false,
      defaultValue: "'System'",
    },
    {
      name: 'locale',
      type: 'TEXT',
      label: 'Language',
      icon: 'IconLanguage',
      isNullable: false,
      defaultValue: "'en'",
    },
    {
      name: 'avatarUrl',
      type: 'TEXT',
      label: 'Avatar',
      icon: 'IconPhoto',
      description: 'Address of a picture',
    },
    { name: 'userEmail', type: 'TEXT', label: 'E-mail', icon: 'IconMail', isUnique: true },
    { name: 'jobTitle', type: 'TEXT', label: 'Job title', icon: 'IconId' },
    {
      name: 'calendarStartDay',
      type: 'NUMBER',
      label: 'First day of the week',
      icon: 'IconCalendarWeek',
      description: '0 is Sunday, 1 is Monday, 6 is Saturday, 7 follows the language',
      isNullable: false,
      defaultValue: 7,
      settings: { dataType: 'int' },
    },
    {
      name: 'userId',
      type: 'UUID',
      label: 'User',
      icon: 'IconKey',
      description: 'The account that the member signs in with',
      isNullable: false,
    },
    {
      name: 'timeZone',
      type: 'TEXT',
      label: 'Time zone',
      icon: 'IconClockHour4',
      isNullable: false,
      defaultValue: "'system'",
    },
    {
      name: 'dateFormat',
      type: 'SELECT',
      label: 'Date format',
      icon: 'IconCalendarEvent',
      isNullable: false,
      defaultValue: "'SYSTEM'",
      options: options(
        ['SYSTEM', 'System', 'turquoise'],
        ['MONTH_FIRST', 'Month first', 'red'],
        ['DAY_FIRST', 'Day first', 'purple'],
        ['YEAR_FIRST', 'Year first', 'sky'],
      ),
    },
    {
      name: 'timeFormat',
      type: 'SELECT',
      label: 'Time format',
      icon: 'IconClock',
      isNullable: false,
      defaultValue: "'SYSTEM'",
      options: options(
        ['SYSTEM', 'System', 'sky'],
        ['HOUR_24', '24 hours', 'red'],
        ['HOUR_12', '12 hours', 'purple'],
      ),
    },
    {
      name: 'numberFormat',
      type: 'SELECT',
      label: 'Number format',
      icon: 'IconNumbers',
      isNullable: false,
      defaultValue: "'SYSTEM'",
      options: options(
        ['SYSTEM', 'System', 'turquoise'],
        ['COMMAS_AND_DOT', 'Commas and dot', 'blue'],
        ['SPACES_AND_COMMA', 'Spaces and comma', 'green'],
        ['DOTS_AND_COMMA', 'Dots and comma', 'orange'],
        ['APOSTROPHE_AND_DOT', 'Apostrophe and dot', 'purple'],
      ),
    },
  ],
}

const ATTACHMENTS = { name: 'attachments', label: 'Attachments', icon: 'IconPaperclip' }

export const ATTACHMENT: ObjectDefinition = {
  nameSingular: 'attachment',
  namePlural: 'attachments',
  labelSingular: 'Attachment',
  labelPlural: 'Attachments',
  icon: 'IconPaperclip',
  description: 'Names a file that belongs to a record',
  isSystem: true,
  labelIdentifier: 'name',
  searchable: [],
  fields: [
    { name: 'name', type: 'TEXT', label: 'Name', icon: 'IconPaperclip' },
    {
      name: 'fullPath',
      type: 'TEXT',
      label: 'Full path',
      icon: 'IconLink',
      description: 'Where the file lies',
    },
    {
      name: 'fileCategory',
      type: 'SELECT',
      label: 'File category',
      icon: 'IconCategory',
      isNullable: false,
      defaultValue: "'OTHER'",
      options: options(
        ['ARCHIVE', 'Archive', 'gray'],
        ['AUDIO', 'Audio', 'pink'],
        ['IMAGE', 'Image', 'yellow'],
        ['PRESENTATION', 'Presentation', 'orange'],
        ['SPREADSHEET', 'Spreadsheet', 'turquoise'],
        ['TEXT_DOCUMENT', 'Text document', 'blue'],
        ['VIDEO', 'Video', 'purple'],
        ['OTHER', 'Other', 'gray'],
      ),
    },
    target(['task', 'note'], 'SET_NULL', ATTACHMENTS),
    target(['person', 'company', 'opportunity'], 'CASCADE', ATTACHMENTS),
  ],
}

const TIMELINE = { name: 'timelineActivities', label: 'Timeline', icon: 'IconTimelineEvent' }

export const TIMELINE_ACTIVITY: ObjectDefinition = {
  nameSingular: 'timelineActivity',
  namePlural: 'timelineActivities',
  labelSingular: 'Timeline activity',
  labelPlural: 'Timeline activities',
  icon: 'IconTimelineEvent',
  description: 'Something that happened to a record',
  isSystem: true,
  labelIdentifier: 'name',
  searchable: [],
  fields: [
    {
      name: 'happensAt',
      type: 'DATE_TIME',
      label: 'Happened at',
      icon: 'IconCalendarTime',
      isNullable: false,
      defaultValue: 'now',
    },
    {
      name: 'name',
      type: 'TEXT',
      label: 'Event',
      icon: 'IconAbc',
      description: 'Object and event, such as company.updated',
    },
    {
      name: 'properties',
      type: 'RAW_JSON',
      label: 'Properties',
      icon: 'IconListDetails',
      description: 'What changed, before and after',
    },
    {
      name: 'linkedRecordCachedName',
      type: 'TEXT',
      label: 'Linked record name',
      icon: 'IconAbc',
      description: 'Name of the linked record when it happened',
    },
    { name: 'linkedRecordId', type: 'UUID', label: 'Linked record', icon: 'IconAbc' },
    { name: 'linkedObjectMetadataId', type: 'UUID', label: 'Linked object', icon: 'IconAbc' },
    {
      name: 'workspaceMember',
      type: 'RELATION',
      label: 'Workspace member',
      icon: 'IconUserCircle',
      description: 'The member who did it',
      relation: { targets: ['workspaceMember'], onDelete: 'CASCADE', inverse: TIMELINE },
    },
    target(['person', 'company'], 'CASCADE', TIMELINE),
    target(['opportunity', 'note', 'task'], 'SET_NULL', TIMELINE),
  ],
}
