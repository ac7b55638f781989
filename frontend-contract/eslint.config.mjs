// The contract is a product: the strictest public rules, with no finding left. Run from the top
// of the repository by `make lint-contract`.
import graphql from '@graphql-eslint/eslint-plugin'

const schema = 'schema.graphql'
const documents = 'frontend-contract/operations/*.graphql'
const parserOptions = { graphQLConfig: { schema, documents } }

// Values without an identity of their own: they are read with what holds them.
const values = [
  'Actor',
  'AvailableAction',
  'AvailableIntegrationAction',
  'AvailableModerationReason',
  'BackfillProgress',
  'CallbackHealth',
  'CallbackHint',
  'ComplaintCategory',
  'ComplaintHistoryEntry',
  'ConnectionStep',
  'Consideration',
  'CustomerAsSent',
  'Evaluation',
  'FieldChange',
  'FormAnswer',
  'FormOption',
  'HealthProblem',
  'IntegrationError',
  'IntegrationHealth',
  'InteractionAuthor',
  'InteractionDetail',
  'MissingField',
  'Moderation',
  'PageInfo',
  'ReclameAquiBudget',
  'ReclameAquiCompanyPage',
  'ReplyClaim',
  'ReclameAquiComplaint',
  'ReclameAquiFact',
  'ReclameAquiFailure',
  'ReclameAquiKind',
  'ReclameAquiQueue',
  'ReclameAquiReputation',
  'ReclameAquiStatus',
  'ReplacedCallbackUrl',
  'ReplyCheck',
  'ReplyWarning',
  'ResyncRequired',
  'SyncPreview',
  'SyncProgress',
  'SyncRunError',
  'TicketChange',
  'TicketSla',
  'UnknownField',
  'UnknownValue',
  'UserError',
  'WhatsAppConsumptionEntry',
  'WhatsAppEvaluation',
]

export default [
  {
    files: [schema],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { exceptions: { types: values, suffixes: ['Payload', 'Connection', 'Edge'] } },
      ],
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          rootField: true,
        },
      ],
      '@graphql-eslint/input-name': 'error',
      '@graphql-eslint/require-deprecation-reason': 'error',
      '@graphql-eslint/require-deprecation-date': 'error',
      '@graphql-eslint/description-style': ['error', { style: 'block' }],
    },
  },
  {
    files: [documents],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions },
    rules: { ...graphql.configs['flat/operations-recommended'].rules },
  },
]
