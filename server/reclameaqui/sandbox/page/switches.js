// What the contract leaves open: each switch with what it does.
import { act, button, byId, call, make, option } from './api.js'

const groups = {
  'Tokens, licença e limite': {
    tokenCallsFree: 'Pedir um token não conta no limite', refusedCallsCount: 'Uma chamada recusada com 429 também conta', rateScope: 'O limite é por cliente (vazio), token ou endereço',
    retryAfter: '429 traz Retry-After e X-RateLimit', newTokenEndsOld: 'Um token novo encerra os antigos', tokenSeconds: 'Vida de um token (0: 3600 s)', expiresInAbsent: 'Token sem expires_in', rateLimitAbsent: 'Token sem rate_limit',
    tokenTypeLower: 'token_type "bearer"', licenceDates: 'Formato das datas da licença', licenceUnauthorized: 'Fora da licença responde 401 em vez de 403',
    availabilityNeedsToken: '/ticket/availability pede token', availabilityEmpty: 'Disponibilidade sem corpo',
  },
  Listas: {
    pageSizeError: 'page[size] acima de 50 é erro', unknownFilterIgnored: 'Filtro desconhecido é ignorado', noModifiedSort: 'Sem ordenação por last_modification_date',
    plainDatesBrazil: 'Data sem hora é um dia no Brasil', metaSizeReturned: 'meta.page.size é o devolvido', pastEndRefused: 'Página além do fim é 404', countText: 'Contagem como texto',
  },
  Escritas: {
    emptySuccess: 'Sucesso sem corpo', noContentSuccess: 'Sucesso com 204', messageEncoding: 'A resposta pública só vem assim', maxMessage: 'Tamanho máximo da mensagem (0: sem limite)',
    duplicateSeconds: 'Janela da mensagem repetida, 40930 (0: 600 s)', duplicateLoose: 'Repetida sem olhar maiúsculas e espaços', repeatsTaken: 'Mensagem repetida é aceita', tooBigCode: 'Código do anexo grande demais (0: 40922)',
    endedThreadStays: 'Conversa privada encerrada não reabre', frozenTakesPrivate: 'Congelada aceita mensagem privada', moderationsPerDay: 'Moderações por dia (0: 20)',
    moderationsPerComplaint: 'Moderações por reclamação (0: 3)',
  },
  'Codificação, do que acontecer daqui em diante': {
    replicaAsComplaint: 'Réplica é interação tipo 1', authorsAbsent: 'Sem responsible_id e responsible_name', replicaStatus20: 'Réplica é ra_status 20', evaluatedStatus9: 'Avaliada é ra_status 9',
    frozenKeepsStatus: 'Congelada mantém o ra_status', timesInMinutes: 'Tempos em minutos, não horas',
    moderationStatus11: 'Moderação pendente é ra_status 11', moderationWords: 'Palavras de moderation.status', moderationPublic: 'Interações 8 e 9 com privacy false',
    responseLatest: 'complaint_response é a última resposta', yesNo: 'Detalhes 4, 5 e 13', attachmentValue: 'Valor do detalhe de um anexo',
  },
  'Forma do que é mostrado': {
    privacyText: 'privacy como texto', placeText: 'Cidade e estado como texto', moderationNull: 'moderation null sem pedido', reasonText: 'moderation.reason como texto', systemTextNull: 'Texto null no que o RA fez',
    textsHtml: 'Textos em HTML', attachedAbsent: 'Sem a chave attached vazia',
    whatsappAbsent: 'Sem a chave whatsapp vazia', ratingNull: 'rating null em vez de "-1"', interactionOrder: 'Ordem das interações', idText: 'Ids trocam número e texto',
    unknownFields: 'Campos que ninguém conhece', unknownIds: 'Situações e tipos que ninguém conhece', plainNames: 'Nomes de situação em maiúsculas sem acento', ruleAbsent: 'rule_id -1',
    companiesWrapped: 'Empresas em {data}', reputationWrapped: 'Reputação em {data}', reputationWords: 'Códigos da reputação', usageBody: 'Forma do consumo do WhatsApp',
    targetsBody: 'Forma da busca de empresas',
    linkField: 'Campo do link de anexo', linkSeconds: 'Vida do link (0: 300 s)', businessStatus: 'Status HTTP dos códigos 409x (0: 409)', errorForm: 'Forma dos erros', html5xx: '5xx em HTML',
  },
}

let drawn = ''

export function drawSwitches(state) {
  const now = JSON.stringify(state.switches)
  if (now === drawn) return
  drawn = now
  const known = new Set(Object.values(groups).flatMap(Object.keys))
  const others = Object.fromEntries(Object.keys(state.switches).filter(name => !known.has(name)).map(name => [name, name]))
  byId('regras').replaceChildren(
    make('p', { className: 'quiet' }, 'O que o material público não diz sobre a API. Vazio, zero e desligado são o proposto. ',
      button('Voltar ao proposto', () => act('Tudo como proposto.', () => call('DELETE', '/switches')))),
    ...Object.entries({ ...groups, Outras: others }).filter(([, labels]) => Object.keys(labels).length > 0).map(([name, labels]) =>
      make('fieldset', {}, make('legend', { textContent: name }), ...Object.entries(labels).map(([key, label]) => line(key, label, state)))))
}

function line(key, label, state) {
  const value = state.switches[key]
  const put = changed => act('Mudado.', () => call('PUT', '/switches', { [key]: changed }))
  let control
  if (typeof value === 'boolean') control = make('input', { type: 'checkbox', checked: value, onchange: () => put(control.checked) })
  else if (typeof value === 'number') control = make('input', { type: 'number', value, min: 0, onchange: () => put(Number(control.value)) })
  else {
    control = make('select', { onchange: () => put(control.value) }, option('', 'proposto'), ...state.choices.switches[key].map(word => option(word)))
    control.value = value
  }
  control.id = 'switch-' + key
  return make('div', { className: 'switch' + (value ? ' on' : '') }, make('label', { htmlFor: control.id, textContent: label }), make('code', { textContent: key }), control)
}
