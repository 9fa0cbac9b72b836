// Standard objects about work: notes and tasks, and their targets.

import type { FieldDefinition, ObjectDefinition } from '../definition.ts'
import { options } from './options.ts'

/** Targets of a note or a task: one row per record it is attached to. */
const target = (inverse: { name: string; label: string; icon: string }): FieldDefinition => ({
  name: 'target',
  type: 'MORPH_RELATION',
  label: 'Target',
  icon: 'IconArrowUpRight',
  description: 'The record it is about',
  relation: { targets: ['person', 'company', 'opportunity'], onDelete: 'CASCADE', inverse },
})

export const NOTE: ObjectDefinition = {
  nameSingular: 'note',
  namePlural: 'notes',
  labelSingular: 'Note',
  labelPlural: 'Notes',
  icon: 'IconNotes',
  description: 'Something worth remembering',
  labelIdentifier: 'title',
  searchable: ['title', 'bodyV2'],
  fields: [
    { name: 'title', type: 'TEXT', label: 'Title', icon: 'IconNotes' },
    { name: 'bodyV2', type: 'RICH_TEXT', label: 'Body', icon: 'IconFileText' },
  ],
}

export const NOTE_TARGET: ObjectDefinition = {
  nameSingular: 'noteTarget',
  namePlural: 'noteTargets',
  labelSingular: 'Note target',
  labelPlural: 'Note targets',
  icon: 'IconArrowUpRight',
  description: 'Ties a note to a record it is about',
  isSystem: true,
  labelIdentifier: 'id',
  searchable: [],
  fields: [
    {
      name: 'note',
      type: 'RELATION',
      label: 'Note',
      icon: 'IconNotes',
      relation: {
        targets: ['note'],
        onDelete: 'CASCADE',
        inverse: { name: 'noteTargets', label: 'Relations', icon: 'IconArrowUpRight' },
      },
    },
    target({ name: 'noteTargets', label: 'Notes', icon: 'IconNotes' }),
  ],
}

export const TASK: ObjectDefinition = {
  nameSingular: 'task',
  namePlural: 'tasks',
  labelSingular: 'Task',
  labelPlural: 'Tasks',
  icon: 'IconCheckbox',
  description: 'Something to be done',
  labelIdentifier: 'title',
  searchable: ['title', 'bodyV2'],
  fields: [
    { name: 'title', type: 'TEXT', label: 'Title', icon: 'IconCheckbox' },
    { name: 'bodyV2', type: 'RICH_TEXT', label: 'Body', icon: 'IconFileText' },
    { name: 'dueAt', type: 'DATE_TIME', label: 'Due', icon: 'IconCalendarDue' },
    {
      name: 'status',
      type: 'SELECT',
      label: 'Status',
      icon: 'IconCheck',
      defaultValue: "'TODO'",
      options: options(
        ['TODO', 'To do', 'sky'],
        ['IN_PROGRESS', 'In progress', 'purple'],
        ['DONE', 'Done', 'green'],
      ),
    },
    {
      name: 'assignee',
      type: 'RELATION',
      label: 'Assignee',
      icon: 'IconUserCheck',
      description: 'The member who is to do it',
      relation: {
        targets: ['workspaceMember'],
        onDelete: 'SET_NULL',
        inverse: { name: 'assignedTasks', label: 'Assigned tasks', icon: 'IconCheckbox' },
      },
    },
  ],
}

export const TASK_TARGET: ObjectDefinition = {
  nameSingular: 'taskTarget',
  namePlural: 'taskTargets',
  labelSingular: 'Task target',
  labelPlural: 'Task targets',
  icon: 'IconArrowUpRight',
  description: 'Ties a task to a record it is about',
  isSystem: true,
  labelIdentifier: 'id',
  searchable: [],
  fields: [
    {
      name: 'task',
      type: 'RELATION',
      label: 'Task',
      icon: 'IconCheckbox',
      relation: {
        targets: ['task'],
        onDelete: 'CASCADE',
        inverse: { name: 'taskTargets', label: 'Relations', icon: 'IconArrowUpRight' },
      },
    },
    target({ name: 'taskTargets', label: 'Tasks', icon: 'IconCheckbox' }),
  ],
}
