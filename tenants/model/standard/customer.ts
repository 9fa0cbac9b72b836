// Standard objects about customers: companies, their people, and deals.

import type { ObjectDefinition } from '../definition.ts'
import { options } from './options.ts'

export const COMPANY: ObjectDefinition = {
  nameSingular: 'company',
  namePlural: 'companies',
  labelSingular: 'Company',
  labelPlural: 'Companies',
  icon: 'IconBuildingSkyscraper',
  description: 'An organisation that the workspace deals with',
  labelIdentifier: 'name',
  searchable: ['name', 'domainName'],
  duplicateCriteria: [['name'], ['domain_name_primary_link_url']],
  fields: [
    { name: 'name', type: 'TEXT', label: 'Name', icon: 'IconBuildingSkyscraper' },
    {
      name: 'domainName',
      type: 'LINKS',
      label: 'Domain name',
      icon: 'IconWorld',
      description: 'Website; no two live companies share one',
      isUnique: true,
    },
    { name: 'address', type: 'ADDRESS', label: 'Address', icon: 'IconMapPin' },
    { name: 'linkedinLink', type: 'LINKS', label: 'LinkedIn', icon: 'IconBrandLinkedin' },
    {
      name: 'annualRevenue',
      type: 'CURRENCY',
      label: 'Annual revenue',
      icon: 'IconReportMoney',
      description: 'What the company turns over in a year',
    },
    {
      name: 'accountOwner',
      type: 'RELATION',
      label: 'Account owner',
      icon: 'IconUserStar',
      description: 'The member who looks after the company',
      relation: {
        targets: ['workspaceMember'],
        onDelete: 'SET_NULL',
        inverse: { name: 'accountOwnerForCompanies', label: 'Owned accounts', icon: 'IconBriefcase' },
      },
    },
  ],
}

export const PERSON: ObjectDefinition = {
  nameSingular: 'person',
  namePlural: 'people',
  labelSingular: 'Person',
  labelPlural: 'People',
  icon: 'IconUser',
  description: 'A person known to the workspace',
  labelIdentifier: 'name',
  searchable: ['name', 'emails', 'phones', 'jobTitle'],
  duplicateCriteria: [
    ['name_first_name', 'name_last_name'],
    ['linkedin_link_primary_link_url'],
    ['emails_primary_email'],
  ],
  fields: [
    { name: 'name', type: 'FULL_NAME', label: 'Name', icon: 'IconUser' },
    {
      name: 'emails',
      type: 'EMAILS',
      label: 'Emails',
      icon: 'IconMail',
      description: 'E-mail addresses; no two live people share a primary one',
      isUnique: true,
    },
    { name: 'linkedinLink', type: 'LINKS', label: 'LinkedIn', icon: 'IconBrandLinkedin' },
    { name: 'jobTitle', type: 'TEXT', label: 'Job title', icon: 'IconId' },
    { name: 'phones', type: 'PHONES', label: 'Phones', icon: 'IconPhone' },
    {
      name: 'avatarUrl',
      type: 'TEXT',
      label: 'Avatar',
      icon: 'IconPhoto',
      description: 'Address of a picture',
      isSystem: true,
    },
    {
      name: 'company',
      type: 'RELATION',
      label: 'Company',
      icon: 'IconBuildingSkyscraper',
      description: 'Where the person works',
      relation: {
        targets: ['company'],
        onDelete: 'SET_NULL',
        inverse: { name: 'people', label: 'People', icon: 'IconUsers' },
      },
    },
  ],
}

export const OPPORTUNITY: ObjectDefinition = {
  nameSingular: 'opportunity',
  namePlural: 'opportunities',
  labelSingular: 'Opportunity',
  labelPlural: 'Opportunities',
  icon: 'IconTargetArrow',
  description: 'A deal that may be won',
  labelIdentifier: 'name',
  searchable: ['name'],
  fields: [
    { name: 'name', type: 'TEXT', label: 'Name', icon: 'IconTargetArrow' },
    {
      name: 'amount',
      type: 'CURRENCY',
      label: 'Amount',
      icon: 'IconCoins',
      description: 'What the deal is worth',
    },
    {
      name: 'closeDate',
      type: 'DATE_TIME',
      label: 'Close date',
      icon: 'IconCalendarDue',
      description: 'When the deal is expected to close',
    },
    {
      name: 'stage',
      type: 'SELECT',
      label: 'Stage',
      icon: 'IconProgress',
      isNullable: false,
      defaultValue: "'NEW'",
      options: options(
        ['NEW', 'New', 'red'],
        ['SCREENING', 'Screening', 'purple'],
        ['MEETING', 'Meeting', 'sky'],
        ['PROPOSAL', 'Proposal', 'turquoise'],
        ['CUSTOMER', 'Customer', 'yellow'],
      ),
    },
    {
      name: 'pointOfContact',
      type: 'RELATION',
      label: 'Point of contact',
      icon: 'IconUserCheck',
      description: 'The person to talk to',
      relation: {
        targets: ['person'],
        onDelete: 'SET_NULL',
        inverse: { name: 'pointOfContactForOpportunities', label: 'Contact for', icon: 'IconTargetArrow' },
      },
    },
    {
      name: 'company',
      type: 'RELATION',
      label: 'Company',
      icon: 'IconBuildingSkyscraper',
      description: 'Whom the deal is with',
      relation: {
        targets: ['company'],
        onDelete: 'SET_NULL',
        inverse: { name: 'opportunities', label: 'Opportunities', icon: 'IconTargetArrow' },
      },
    },
    {
      name: 'owner',
      type: 'RELATION',
      label: 'Owner',
      icon: 'IconUserStar',
      description: 'The member who pursues the deal',
      relation: {
        targets: ['workspaceMember'],
        onDelete: 'SET_NULL',
        inverse: { name: 'ownedOpportunities', label: 'Owned opportunities', icon: 'IconTargetArrow' },
      },
    },
  ],
}
