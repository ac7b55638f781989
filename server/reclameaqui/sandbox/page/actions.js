// What a person may do to one complaint: as its consumer, as the company on RA's own site, or as Reclame Aqui.
import { act, button, byId, call, field, make, option, readFiles } from './api.js'

const sides = ['Consumidor', 'Empresa', 'Reclame Aqui']
let side = sides[0]
let shown = null

// actions draws the panel anew only for another complaint or side, so that what is being typed stays.
export function actions(t, choices) {
  if (shown === t.id + side && byId('act').childElementCount > 0) return
  shown = t.id + side
  const tabs = sides.map(name => make('button', {
    type: 'button', textContent: name, aria: { pressed: name === side }, onclick: () => { side = name; shown = null; actions(t, choices) },
  }))
  const path = `/complaints/${t.id}`
  const parts = { Consumidor: consumer, Empresa: company, 'Reclame Aqui': reclameAqui }[side](path, choices)
  byId('act').replaceChildren(make('div', {}, make('h3', { textContent: 'Agir como' }), make('div', { className: 'tabs' }, ...tabs), ...parts))
}

const area = (placeholder, label) => make('textarea', { placeholder, aria: { label } })
const group = (...children) => make('div', { className: 'group' }, ...children)
const row = (...children) => make('div', { className: 'row' }, ...children)

// send posts what was typed and empties the field once it is accepted.
function send(done, text, work) {
  return async () => { if (await act(done, () => work(text.value)) && text) text.value = '' }
}

function consumer(path) {
  const text = area('Texto (vazio: inventado)', 'Texto do consumidor')
  const files = make('input', { type: 'file', multiple: true, aria: { label: 'Anexos do consumidor' } })
  const rating = make('select', { aria: { label: 'Nota' } }, ...Array.from({ length: 11 }, (_, i) => option(10 - i, `nota ${10 - i}`)))
  const solved = make('input', { type: 'checkbox', checked: true })
  const back = make('input', { type: 'checkbox', checked: true })
  const post = (name, done) => send(done, text, async words => {
    const value = await call('POST', `${path}/${name}`, { text: words, files: await readFiles(files) })
    files.value = ''
    return value
  })
  return [
    text, files,
    row(button('Réplica pública', post('replica', 'Réplica escrita.'), 'main'), button('Mensagem privada', post('private-message', 'Mensagem enviada.'))),
    group(row(rating, make('label', {}, solved, ' resolvida'), make('label', {}, back, ' voltaria')),
      row(button('Avaliar', send('Avaliada.', text, words => call('POST', path + '/evaluation', {
        rating: Number(rating.value), resolved: solved.checked, backDoingBusiness: back.checked, ...(words === '' ? {} : { consideration: words }),
      })), 'main'), button('Mudar a consideração', send('Consideração mudada.', text, words => call('POST', path + '/consideration', { text: words }))))),
    group(row(
      button('Comentário de terceiro', send('Comentário escrito.', text, words => call('POST', path + '/comment', { text: words }))),
      button('Reclamar outra vez', () => act('Duplicada.', () => call('POST', path + '/duplicate'))),
      button('Desativar', () => act('Desativada.', () => call('POST', path + '/deactivate')), 'bad'))),
  ]
}

function company(path, choices) {
  const text = area('Texto', 'Texto da empresa')
  const files = make('input', { type: 'file', multiple: true, aria: { label: 'Anexos da empresa' } })
  const reason = make('select', { aria: { label: 'Motivo' } }, ...Object.entries(choices.reasons).map(([id, name]) => option(id, `${id} · ${name}`)))
  const target = make('select', { aria: { label: 'Empresa de destino' } }, ...choices.targets.map(c => option(c.companyId, c.name)))
  const label = make('input', { placeholder: 'Etiqueta ou nota', aria: { label: 'Etiqueta ou nota' } })
  const desk = (key, done) => () => act(done, async () => {
    const value = await call('POST', path + '/desk', { [key]: label.value })
    label.value = ''
    return value
  })
  return [
    make('p', { className: 'quiet', textContent: 'Como a equipe da empresa no próprio site do Reclame Aqui, fora da API.' }),
    text, files,
    row(button('Resposta pública', send('Resposta escrita.', text, words => call('POST', path + '/company-reply', { text: words })), 'main'),
      button('Mensagem privada', send('Mensagem enviada.', text, async words => {
        const value = await call('POST', path + '/company-message', { text: words, files: await readFiles(files) })
        files.value = ''
        return value
      })),
      button('Encerrar conversa', () => act('Conversa privada encerrada.', () => call('POST', path + '/end-thread'))),
      button('Pedir avaliação', () => act('Avaliação pedida.', () => call('POST', path + '/ask-evaluation')))),
    group(field('Motivo da moderação', reason), field('Empresa de destino (motivo 1)', target),
      row(button('Pedir moderação', send('Moderação pedida.', text, words => call('POST', path + '/ask-moderation', {
        reason: Number(reason.value), companyId: Number(target.value), text: words,
      }))))),
    group(label, row(button('Etiqueta', desk('tag', 'Etiquetada.')), button('Nota', desk('note', 'Nota escrita.')), button('Categoria', desk('category', 'Categorizada.')),
      button('Assumir', () => act('Assumida.', () => call('POST', path + '/desk', { assign: true }))),
      button('Arquivar', () => act('Arquivada.', () => call('POST', path + '/desk', { filed: true }))))),
  ]
}

function reclameAqui(path, choices) {
  const text = area('Texto: decisão, motivo ou texto novo (vazio: inventado)', 'Texto do Reclame Aqui')
  const names = { redistribute: 'redistribuir', deactivate: 'desativar', text: 'alterar o texto', none: 'nenhum efeito' }
  const effect = make('select', { aria: { label: 'Efeito' } }, option('', 'o do motivo'), ...choices.effects.map(e => option(e, names[e] || e)))
  const target = make('select', { aria: { label: 'Empresa de destino' } }, ...choices.targets.map(c => option(c.companyId, c.name)))
  const decide = accept => send(accept ? 'Moderação aceita.' : 'Moderação recusada.', text,
    words => call('POST', path + '/moderate', { accept, effect: effect.value, why: words }))
  const put = (name, on, done) => () => act(done, () => call('PUT', `${path}/${name}`, { on }))
  return [
    text,
    group(field('Efeito de uma moderação aceita', effect), row(button('Aceitar moderação', decide(true), 'main'), button('Recusar', decide(false)))),
    group(row(
      button('Alterar a última da empresa', send('Texto alterado.', text, words => call('POST', path + '/edit', { text: words }))),
      button('Moderação automática', send('Moderada.', text, words => call('POST', path + '/auto-moderate', { text: words }))))),
    group(field('Redistribuir para', target), row(button('Redistribuir', send('Redistribuída.', text,
      words => call('POST', path + '/redistribute', { companyId: Number(target.value), reason: words }))))),
    group(row(
      button('Congelar', () => act('Congelada.', () => call('POST', path + '/freeze'))),
      button('Inativar', send('Inativada.', text, words => call('POST', path + '/inactivate', { text: words })), 'bad'))),
    group(row(
      button('Sumir das listas', put('hidden', true, 'Sumiu das listas.')), button('Voltar', put('hidden', false, 'Voltou às listas.')),
      button('Malformar', put('malformed', true, 'Malformada.')), button('Curar', put('malformed', false, 'Curada.')))),
  ]
}
