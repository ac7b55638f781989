// The last calls of the API side.
import { byId, call, exactly, make } from './api.js'

let drawn = ''

export async function drawCalls() {
  const { total, data } = await call('GET', '/calls?limit=200')
  const now = JSON.stringify(data)
  if (now === drawn) return
  drawn = now
  const cell = (text, className = '') => make('td', { textContent: text, className })
  byId('chamadas').replaceChildren(
    make('p', { className: 'quiet', textContent: `${total} chamadas desde o início; as últimas ${data.length}, da mais nova para a mais antiga.` }),
    make('table', {},
      make('thead', {}, make('tr', {}, ...['Quando', 'Chamada', 'Resposta', 'No limite', 'Falha'].map(name => make('th', { textContent: name })))),
      make('tbody', {}, ...data.reverse().map(c => make('tr', {},
        cell(exactly(c.at), 'number'), cell(`${c.method} ${c.path}${c.query ? '?' + c.query : ''}`),
        cell(c.status || 'nenhuma', 'number'), cell(c.counted ? 'conta' : '–'), cell(c.fault || ''))))))
}
