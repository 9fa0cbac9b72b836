// The contract's WorkspaceMember, from the member's record by column. Columns that the record lacks, because
// the table was altered, read as empty.

import type { RoleHolder } from '../../../tenants/roleHolder.ts'

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  date_format: ['SYSTEM', 'MONTH_FIRST', 'DAY_FIRST', 'YEAR_FIRST'],
  time_format: ['SYSTEM', 'HOUR_12', 'HOUR_24'],
  number_format: ['SYSTEM', 'COMMAS_AND_DOT', 'SPACES_AND_COMMA', 'DOTS_AND_COMMA', 'APOSTROPHE_AND_DOT'],
}

export const memberNode = ({ id, roleId, record }: RoleHolder) => {
  const text = (column: string): string | null => {
    const value = record[column]
    return typeof value === 'string' ? value : null
  }
  const format = (column: string): string | null => {
    const value = text(column)
    return value !== null && FORMATS[column]?.includes(value) === true ? value : null
  }
  const day = record.calendar_start_day
  return {
    id,
    roleId,
    name: { firstName: text('name_first_name') ?? '', lastName: text('name_last_name') ?? '' },
    userEmail: text('user_email') ?? '',
    colorScheme: text('color_scheme') ?? 'System',
    uiScale: 'Default',
    openRecordIn: 'SIDE_PANEL',
    avatarUrl: text('avatar_url'),
    locale: text('locale'),
    calendarStartDay: typeof day === 'number' ? day : null,
    timeZone: text('time_zone'),
    dateFormat: format('date_format'),
    timeFormat: format('time_format'),
    numberFormat: format('number_format'),
    userWorkspaceId: id,
  }
}

export type MemberNode = ReturnType<typeof memberNode>
