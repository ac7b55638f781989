// What every part of the page needs: calls of the admin side, elements, times, and the line that says what happened.

export const base = '/__sandbox'
export const byId = id => document.getElementById(id)

export async function call(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  const value = text === '' ? null : JSON.parse(text)
  if (!answer.ok) throw new Error([value.field, value.code, value.message].filter(Boolean).join(' · '))
  return value
}

export function make(tag, properties, ...children) {
  const { aria = {}, ...rest } = properties || {}
  const element = Object.assign(document.createElement(tag), rest)
  for (const name in aria) element.setAttribute('aria-' + name, aria[name])
  element.append(...children.filter(something))
  return element
}

export const something = child => child !== null && child !== undefined && child !== false

export const button = (label, onclick, className = '', title = '') =>
  make('button', { type: 'button', textContent: label, onclick, className, title })

export const option = (value, label = value) => make('option', { value, textContent: label })

// field is a control with its label over it.
export const field = (label, control) => make('label', { className: 'field' }, label, control)

export function say(text, bad) {
  byId('message').textContent = text
  byId('message').className = bad ? 'bad' : ''
}

let refresh = async () => {}
export const whenDone = again => { refresh = again }

// act runs what a button does, says its outcome, and has everything read again. It tells whether it worked.
export async function act(done, work) {
  try {
    const value = await work()
    say(done)
    await refresh(value)
    return true
  } catch (error) {
    say(error.message, true)
    await refresh()
    return false
  }
}

const zone = { timeZone: 'America/Sao_Paulo' }
export const when = s => new Date(s).toLocaleString('pt-BR', { ...zone, dateStyle: 'short', timeStyle: 'short' })
export const exactly = s => new Date(s).toLocaleString('pt-BR', { ...zone, dateStyle: 'short', timeStyle: 'medium' })

// readFiles gives the chosen files as the admin side takes them.
export const readFiles = input => Promise.all([...input.files].map(file => new Promise((resolve, reject) => {
  const reader = new FileReader()
  reader.onload = () => resolve({ name: file.name, content: reader.result.split(',')[1] || '' })
  reader.onerror = () => reject(new Error('o arquivo não pôde ser lido: ' + file.name))
  reader.readAsDataURL(file)
})))
