"""What people read in es, word for word; `python -m tests.unit.locales.samples` writes it."""

# ruff: noqa: E501 - the texts stand as they are sent

LETTERS = {
    "defendant - set": """
Riverbend Trial Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
Escribimos sobre fechas de corte. Guarde este contacto. ¿No es usted? Responda WRONG.
Responda STOP para detener mensajes, HELP para ayuda.
""",
    "defendant - consequence": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Faltar puede llevar a una orden de arresto.
Planee ya: transporte, permiso del trabajo, niños.
¿Preguntas? Llame al 907-555-0100.
""",
    "defendant - plan": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
¿A qué hora va a salir para llegar antes de: 10:00 a. m.? Planee transporte, trabajo y niños.
¿Preguntas? Llame al 907-555-0100.
""",
    "defendant - logistics": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Llegue 15 minutos antes, con una ID con foto y sus papeles.
¿Preguntas? Llame al 907-555-0100.
¿Piensa venir? Responda 1 si viene, 2 si no puede, 3 si tiene una pregunta.
""",
    "defendant - today": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Salga temprano. ¿Va tarde? Venga de todos modos y llame al 907-555-0100.
""",
    "defendant - short notice": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Disculpe el poco tiempo de aviso.
Faltar puede llevar a una orden de arresto.
Si no puede venir, llame antes al 907-555-0100.
""",
    "defendant - later, other room": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
Ahora es DESPUÉS. Nueva hora: miércoles 30 de septiembre, 1:00 p. m. Ya no es: miércoles 30 de septiembre, 10:00 a. m.
Cambio de lugar. Nuevo lugar: Sala 4B, 120 Harbor Street, Riverbend. Ya no es: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "defendant - cancelled": """
Riverbend Court: CANCELADA: su audiencia del miércoles 30 de septiembre, 10:00 a. m., caso 3RB-26-00142CR. NO venga a esa audiencia.
Si hay una nueva fecha, le avisaremos.
¿Preguntas? Llame al 907-555-0100.
""",
    "defendant - corrected": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Lo correcto es: miércoles 30 de septiembre, 1:00 p. m.
Lugar: Sala 4B, 120 Harbor Street, Riverbend.
Caso 3RB-26-00142CR.
¿Preguntas? Llame al 907-555-0100.
""",
    "defendant - corrected to off": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Esa audiencia está CANCELADA. NO venga a ella.
Caso 3RB-26-00142CR.
¿Preguntas? Llame al 907-555-0100.
""",
    "defendant - missed": """
Riverbend Court: Le esperábamos en la corte (miércoles 30 de septiembre, 10:00 a. m., caso 3RB-26-00142CR). Todavía puede arreglarlo.
Llame pronto al 907-555-0100 y pida una nueva fecha. Cuanto antes llame, más fácil será.
O venga a la oficina de la corte: 120 Harbor Street, Riverbend.
""",
    "respondent - set": """
Riverbend Trial Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
Escribimos sobre fechas de corte. Guarde este contacto. ¿No es usted? Responda WRONG.
Responda STOP para detener mensajes, HELP para ayuda.
""",
    "respondent - consequence": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Si no viene, el juez puede decidir sin usted.
Planee ya: transporte, permiso del trabajo, niños.
¿Preguntas? Llame al 907-555-0100.
""",
    "respondent - plan": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
¿A qué hora va a salir para llegar antes de: 10:00 a. m.? Planee transporte, trabajo y niños.
¿Preguntas? Llame al 907-555-0100.
""",
    "respondent - logistics": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Llegue 15 minutos antes, con una ID con foto y sus papeles.
¿Preguntas? Llame al 907-555-0100.
¿Piensa venir? Responda 1 si viene, 2 si no puede, 3 si tiene una pregunta.
""",
    "respondent - today": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Salga temprano. ¿Va tarde? Venga de todos modos y llame al 907-555-0100.
""",
    "respondent - short notice": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Lugar: Courtroom D, Riverbend Courthouse.
Disculpe el poco tiempo de aviso.
Si no viene, el juez puede decidir sin usted.
Si no puede venir, llame antes al 907-555-0100.
""",
    "respondent - later, other room": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
Ahora es DESPUÉS. Nueva hora: miércoles 30 de septiembre, 1:00 p. m. Ya no es: miércoles 30 de septiembre, 10:00 a. m.
Cambio de lugar. Nuevo lugar: Sala 4B, 120 Harbor Street, Riverbend. Ya no es: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "respondent - cancelled": """
Riverbend Court: CANCELADA: su audiencia del miércoles 30 de septiembre, 10:00 a. m., caso 3RB-26-00142CR. NO venga a esa audiencia.
Si hay una nueva fecha, le avisaremos.
¿Preguntas? Llame al 907-555-0100.
""",
    "respondent - corrected": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Lo correcto es: miércoles 30 de septiembre, 1:00 p. m.
Lugar: Sala 4B, 120 Harbor Street, Riverbend.
Caso 3RB-26-00142CR.
¿Preguntas? Llame al 907-555-0100.
""",
    "respondent - corrected to off": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Esa audiencia está CANCELADA. NO venga a ella.
Caso 3RB-26-00142CR.
¿Preguntas? Llame al 907-555-0100.
""",
    "respondent - missed": """
Riverbend Court: Le esperábamos en la corte (miércoles 30 de septiembre, 10:00 a. m., caso 3RB-26-00142CR). Todavía puede arreglarlo.
Llame pronto al 907-555-0100 y pida una nueva fecha. Cuanto antes llame, más fácil será.
O venga a la oficina de la corte: 120 Harbor Street, Riverbend.
""",
    "witness - set": """
Riverbend Trial Court: Le pedimos estar en la corte el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Si no puede venir, llame antes al 907-555-0100.
Escribimos sobre fechas de corte. Guarde este contacto. ¿No es usted? Responda WRONG.
Responda STOP para detener mensajes, HELP para ayuda.
""",
    "witness - consequence": """
Riverbend Court: Le pedimos estar en la corte el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Planee ya: transporte, permiso del trabajo, niños.
Si no puede venir, llame antes al 907-555-0100.
""",
    "witness - plan": """
Riverbend Court: Le pedimos estar en la corte el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
¿A qué hora va a salir para llegar antes de: 10:00 a. m.? Planee transporte, trabajo y niños.
Si no puede venir, llame antes al 907-555-0100.
""",
    "witness - logistics": """
Riverbend Court: Le pedimos estar en la corte el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Llegue 15 minutos antes, con una ID con foto.
Si no puede venir, llame antes al 907-555-0100.
¿Piensa venir? Responda 1 si viene, 2 si no puede, 3 si tiene una pregunta.
""",
    "witness - today": """
Riverbend Court: Le pedimos estar en la corte el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Salga temprano. ¿Va tarde? Venga de todos modos y llame al 907-555-0100.
""",
    "witness - short notice": """
Riverbend Court: Le pedimos estar en la corte el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Disculpe el poco tiempo de aviso.
Si no puede venir, llame antes al 907-555-0100.
""",
    "witness - later, other room": """
Riverbend Court: CAMBIO de una fecha de corte.
Ahora es DESPUÉS. Nueva hora: miércoles 30 de septiembre, 1:00 p. m. Ya no es: miércoles 30 de septiembre, 10:00 a. m.
Cambio de lugar. Nuevo lugar: Sala 4B, 120 Harbor Street, Riverbend. Ya no es: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "witness - cancelled": """
Riverbend Court: CANCELADA: la fecha de corte del miércoles 30 de septiembre, 10:00 a. m. NO venga por ella.
Si hay una nueva fecha, le avisaremos.
¿Preguntas? Llame al 907-555-0100.
""",
    "witness - corrected": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Lo correcto es: miércoles 30 de septiembre, 1:00 p. m.
Lugar: Sala 4B, 120 Harbor Street, Riverbend.
¿Preguntas? Llame al 907-555-0100.
""",
    "witness - corrected to off": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Esa audiencia está CANCELADA. NO venga a ella.
¿Preguntas? Llame al 907-555-0100.
""",
    "witness - missed": """
Riverbend Court: Le esperábamos en la corte (miércoles 30 de septiembre, 10:00 a. m.). Esperamos que todo esté bien.
Llame al 907-555-0100 para que podamos ayudarle.
""",
    "victim - set": """
Riverbend Trial Court: La siguiente fecha de corte es el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Para preguntas o apoyo, llame al 907-555-0100.
Escribimos sobre fechas de corte. Guarde este contacto. ¿No es usted? Responda WRONG.
Responda STOP para detener mensajes, HELP para ayuda.
""",
    "victim - consequence": """
Riverbend Court: La siguiente fecha de corte es el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Para preguntas o apoyo, llame al 907-555-0100.
""",
    "victim - plan": """
Riverbend Court: La siguiente fecha de corte es el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Para preguntas o apoyo, llame al 907-555-0100.
""",
    "victim - logistics": """
Riverbend Court: La siguiente fecha de corte es el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Para preguntas o apoyo, llame al 907-555-0100.
¿Piensa venir? Responda 1 si viene, 2 si no puede, 3 si tiene una pregunta.
""",
    "victim - today": """
Riverbend Court: La siguiente fecha de corte es el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Para preguntas o apoyo, llame al 907-555-0100.
""",
    "victim - short notice": """
Riverbend Court: La siguiente fecha de corte es el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Disculpe el poco tiempo de aviso.
Para preguntas o apoyo, llame al 907-555-0100.
""",
    "victim - later, other room": """
Riverbend Court: CAMBIO de una fecha de corte.
Ahora es DESPUÉS. Nueva hora: miércoles 30 de septiembre, 1:00 p. m. Ya no es: miércoles 30 de septiembre, 10:00 a. m.
Cambio de lugar. Nuevo lugar: Sala 4B, 120 Harbor Street, Riverbend. Ya no es: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "victim - cancelled": """
Riverbend Court: CANCELADA: la fecha de corte del miércoles 30 de septiembre, 10:00 a. m. NO venga por ella.
Si hay una nueva fecha, le avisaremos.
¿Preguntas? Llame al 907-555-0100.
""",
    "victim - corrected": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Lo correcto es: miércoles 30 de septiembre, 1:00 p. m.
Lugar: Sala 4B, 120 Harbor Street, Riverbend.
¿Preguntas? Llame al 907-555-0100.
""",
    "victim - corrected to off": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Esa audiencia está CANCELADA. NO venga a ella.
¿Preguntas? Llame al 907-555-0100.
""",
    "victim - missed": """
Riverbend Court: Le esperábamos en la corte (miércoles 30 de septiembre, 10:00 a. m.). Esperamos que todo esté bien.
Llame al 907-555-0100 para que podamos ayudarle.
""",
    "follower - set": """
Riverbend Trial Court: Hay una audiencia del caso 3RB-26-00142CR el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
Escribimos sobre fechas de corte. Guarde este contacto. ¿No es usted? Responda WRONG.
Responda STOP para detener mensajes, HELP para ayuda.
""",
    "follower - consequence": """
Riverbend Court: Hay una audiencia del caso 3RB-26-00142CR el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Las fechas pueden cambiar.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - plan": """
Riverbend Court: Hay una audiencia del caso 3RB-26-00142CR el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Las fechas pueden cambiar.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - logistics": """
Riverbend Court: Hay una audiencia del caso 3RB-26-00142CR el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Las fechas pueden cambiar.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - today": """
Riverbend Court: Hay una audiencia del caso 3RB-26-00142CR el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - short notice": """
Riverbend Court: Hay una audiencia del caso 3RB-26-00142CR el miércoles 30 de septiembre a las 10:00 a. m.
Lugar: Courtroom D, Riverbend Courthouse.
Disculpe el poco tiempo de aviso.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - later, other room": """
Riverbend Court: CAMBIO en una audiencia del caso 3RB-26-00142CR.
Ahora es DESPUÉS. Nueva hora: miércoles 30 de septiembre, 1:00 p. m. Ya no es: miércoles 30 de septiembre, 10:00 a. m.
Cambio de lugar. Nuevo lugar: Sala 4B, 120 Harbor Street, Riverbend. Ya no es: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - cancelled": """
Riverbend Court: CANCELADA: la audiencia del miércoles 30 de septiembre, 10:00 a. m. en el caso 3RB-26-00142CR.
Si hay una nueva fecha, le avisaremos.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - corrected": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Lo correcto es: miércoles 30 de septiembre, 1:00 p. m.
Lugar: Sala 4B, 120 Harbor Street, Riverbend.
Caso 3RB-26-00142CR.
¿Preguntas? Llame al 907-555-0100.
""",
    "follower - corrected to off": """
Riverbend Court: CORREGIMOS: ignore nuestro mensaje sobre: miércoles 30 de septiembre, 10:00 a. m.
Esa audiencia está CANCELADA.
Caso 3RB-26-00142CR.
¿Preguntas? Llame al 907-555-0100.
""",
    "two on a day": """
Riverbend Court: Tiene 2 audiencias:
- miércoles 30 de septiembre, 1:00 p. m. - Sala 4B, 120 Harbor Street, Riverbend - caso 3RB-26-00142CR
- miércoles 30 de septiembre, 2:30 p. m. - 120 Harbor Street, Riverbend - caso 3RB-26-00177MO
Llegue 15 minutos antes, con una ID con foto y sus papeles.
¿Preguntas? Llame al 907-555-0100.
""",
    "two on a day, witness": """
Riverbend Court: Hay 2 fechas de corte para usted:
- miércoles 30 de septiembre, 10:00 a. m. - Courtroom D, Riverbend Courthouse
- miércoles 30 de septiembre, 2:30 p. m. - 120 Harbor Street, Riverbend
¿A qué hora va a salir para llegar antes de: 10:00 a. m.? Planee transporte, trabajo y niños.
Si no puede venir, llame antes al 907-555-0100.
""",
    "two on a day, follower": """
Riverbend Court: 2 audiencias pendientes:
- miércoles 30 de septiembre, 10:00 a. m. - por video - caso 3RB-26-00142CR
https://video.example.gov/r/77
- miércoles 30 de septiembre, 2:30 p. m. - 120 Harbor Street, Riverbend - caso 3RB-26-00177MO
Guarde esta fecha.
¿Preguntas? Llame al 907-555-0100.
Responda STOP para detener mensajes, HELP para ayuda.
""",
    "by video": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Es por video. Abra este enlace 10 minutos antes:
https://video.example.gov/r/77
Cargue su teléfono y tenga todo listo 10 minutos antes.
¿Preguntas? Llame al 907-555-0100.
""",
    "by video, no link": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Es por video. Para obtener el enlace, llame al 907-555-0100.
Busque un lugar tranquilo con buena señal. Planee trabajo y niños.
¿Preguntas? Llame al 907-555-0100.
""",
    "by phone": """
Riverbend Court: Tiene corte el miércoles 30 de septiembre a las 10:00 a. m. Caso 3RB-26-00142CR.
Es por teléfono. Conéctese aquí:
907-555-0142
Cargue su teléfono y tenga todo listo 10 minutos antes.
¿Preguntas? Llame al 907-555-0100.
""",
    "moved earlier": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
Ahora es ANTES. Nueva hora: miércoles 30 de septiembre, 10:00 a. m. Ya no es: miércoles 30 de septiembre, 1:00 p. m.
Lugar: Courtroom D, Riverbend Courthouse.
¿Preguntas? Llame al 907-555-0100.
""",
    "other room": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
La hora es la misma: miércoles 30 de septiembre, 1:00 p. m.
Cambio de lugar. Nuevo lugar: Sala 4B, 120 Harbor Street, Riverbend. Ya no es: Sala 2A, 120 Harbor Street, Riverbend.
¿Preguntas? Llame al 907-555-0100.
""",
    "now by video": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
La hora es la misma: miércoles 30 de septiembre, 10:00 a. m.
Es por video. Abra este enlace 10 minutos antes:
https://video.example.gov/r/77
Antes era en persona.
¿Preguntas? Llame al 907-555-0100.
""",
    "now in person": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
La hora es la misma: miércoles 30 de septiembre, 10:00 a. m.
Ahora es en persona. Lugar: Courtroom D, Riverbend Courthouse.
Antes era por teléfono.
¿Preguntas? Llame al 907-555-0100.
""",
    "new link": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
La hora es la misma: miércoles 30 de septiembre, 10:00 a. m.
Cambió la forma de conectarse. No use el enlace ni el número anterior.
Es por video. Abra este enlace 10 minutos antes:
https://video.example.gov/r/77
¿Preguntas? Llame al 907-555-0100.
""",
    "on again, later": """
Riverbend Court: CAMBIO en su audiencia, caso 3RB-26-00142CR.
Estaba cancelada, pero ahora SE HACE, a otra hora: miércoles 30 de septiembre, 1:00 p. m. Ya no es: miércoles 30 de septiembre, 10:00 a. m.
Lugar: Sala 4B, 120 Harbor Street, Riverbend.
¿Preguntas? Llame al 907-555-0100.
""",
    "invited": """
Riverbend Trial Court puede enviarle mensajes sobre fechas de corte. Responda 1 si los quiere. Si no, no tiene que hacer nada. Pueden aplicar tarifas de mensajes y datos. Responda STOP para no recibir más mensajes, HELP para ayuda.
""",
    "watch found": """
Riverbend Court: Encontramos 3RB-26-00142CR en el calendario de la corte:
- miércoles 30 de septiembre, 10:00 a. m. - Courtroom D, Riverbend Courthouse
Para recordatorios, envíenos este número: 3RB-26-00142CR
""",
    "watch ended": """
Riverbend Court: No encontramos 3RB-26-00142CR en el calendario de la corte y dejamos de buscar. Aún puede tener una fecha de corte: revise sus papeles o llame al 907-555-0100. Puede enviarnos el número otra vez.
""",
}

REPLIES = {
    "answer": """
Riverbend Court, caso 3RB-26-00142CR: 2 audiencias pendientes.
- miércoles 30 de septiembre, 10:00 a. m. - Courtroom D, Riverbend Courthouse
- miércoles 30 de septiembre, 1:00 p. m. - Sala 4B, 120 Harbor Street, Riverbend
Según el calendario de la corte de: miércoles 23 de septiembre, 5:00 a. m. Las fechas pueden cambiar.
""",
    "unknown": """
Riverbend Court: No tenemos ahora fecha de corte para 3RB-26-00142CR. Revise el número en sus papeles. Responda 1 y lo buscaremos durante 16 días y le avisaremos en cualquier caso. ¿Preguntas? Llame al 907-555-0100.
""",
    "offer": """
¿Quiere recordatorios por mensaje? Responda 1 si los quiere.
""",
    "subscribed": """
Riverbend Court: Le recordaremos las audiencias del caso 3RB-26-00142CR y le avisaremos de los cambios. Guarde este contacto. Pueden aplicar tarifas de mensajes y datos. Responda STOP para detener mensajes, HELP para ayuda.
""",
    "already": """
Riverbend Court: Ya recibe recordatorios del caso 3RB-26-00142CR. Responda STOP para detener mensajes.
""",
    "watch kept": """
Riverbend Court: Buscaremos 3RB-26-00142CR durante 16 días y le avisaremos en cualquier caso. Su fecha de corte vale aunque no la encontremos: revise sus papeles. Responda STOP para detener mensajes, HELP para ayuda.
""",
    "opt-in question": """
Riverbend Court: Sus mensajes están detenidos. ¿Quiere recibir otra vez mensajes sobre sus fechas de corte? Responda 1 si los quiere. Si no, no tiene que hacer nada.
""",
    "opted in": """
Gracias. Riverbend Trial Court le enviará mensajes sobre sus fechas de corte, unos pocos por cada una. Pueden aplicar tarifas de mensajes y datos. Responda STOP para detener mensajes, HELP para ayuda.
""",
    "link done": """
Riverbend Trial Court: Este chat está conectado. Aquí le escribiremos sobre sus fechas de corte. Envíe STOP para detener mensajes, HELP para ayuda.
""",
    "link expired": """
Riverbend Trial Court: Este enlace ya no funciona. Para uno nuevo, llame al 907-555-0100. O envíenos su número de caso.
""",
    "welcome": """
¡Hola! Esta es la corte: Riverbend Trial Court. Envíenos su número de caso o de multa, como 3RB-26-00100CR, y le diremos sus fechas de corte. Envíe STOP para detener mensajes, HELP para ayuda.
""",
    "which court": """
¿En qué corte está 3RB-26-00142CR? Responda con un dígito:
1 Riverbend Court
2 Harbor Court
""",
    "which hearing": """
Riverbend Court: ¿De cuál audiencia habla? Responda con un dígito:
1 miércoles 30 de septiembre, 10:00 a. m., caso 3RB-26-00142CR
2 miércoles 30 de septiembre, 2:30 p. m., caso 3RB-26-00177MO
""",
    "which question": """
Riverbend Court: Le preguntamos más de una cosa. ¿A cuál responde? Responda con un dígito:
1 first
2 second
""",
    "about attendance": """
¿Vendrá? miércoles 30 de septiembre, 10:00 a. m.
""",
    "about reminders": """
Recordatorios del caso 3RB-26-00142CR
""",
    "about watch": """
Buscar el número 3RB-26-00142CR
""",
    "about texts": """
Recibir mensajes sobre fechas de corte
""",
    "about edit": """
El mensaje que usted cambió
""",
    "confirmed": """
Riverbend Court: Gracias. Anotamos que vendrá mañana, miércoles 30 de septiembre, a las 10:00 a. m.
""",
    "confirmed twice": """
Riverbend Court: Gracias. Anotamos que vendrá mañana, miércoles 30 de septiembre, a la 1:00 p. m. y mañana, miércoles 30 de septiembre, a las 2:30 p. m.
""",
    "cannot come": """
Riverbend Court: Avisamos al personal de la corte que no puede venir mañana, miércoles 30 de septiembre, a las 10:00 a. m. Esto NO cambia su fecha de corte: aún debe venir, a menos que la corte le diga otra cosa. Llame ahora al 907-555-0100.
""",
    "discreet cannot come": """
Riverbend Court: Gracias por avisar que no puede venir mañana, miércoles 30 de septiembre, a las 10:00 a. m. Avisamos al personal de la corte. Llame también al 907-555-0100 para que podamos ayudarle.
""",
    "question noted": """
Riverbend Court: Escriba su pregunta en un solo mensaje y el personal de la corte la leerá. No podemos dar consejo legal. Para una respuesta más rápida, llame al 907-555-0100.
""",
    "question passed on": """
Riverbend Court: Gracias. El personal de la corte leerá su pregunta. Si no puede esperar, llame al 907-555-0100.
""",
    "already answered": """
Riverbend Court: Ya respondió a esto, y vale su primera respuesta. Para cambiarla, llame al 907-555-0100.
""",
    "expired": """
Riverbend Court: Esa pregunta está cerrada, así que no anotamos su respuesta. Si necesita ayuda, llame al 907-555-0100.
""",
    "superseded": """
Riverbend Court: Nuestra pregunta era sobre la fecha anterior: miércoles 30 de septiembre, 10:00 a. m. La nueva fecha es: miércoles 30 de septiembre, 1:00 p. m. No anotamos su respuesta. ¿Piensa venir en la nueva fecha? Responda 1 si viene, 2 si no puede, 3 si tiene una pregunta.
""",
    "superseded, off": """
Riverbend Court: Nuestra pregunta era sobre la audiencia del miércoles 30 de septiembre, 10:00 a. m. Está cancelada. NO venga a ella.
""",
    "not an option": """
Riverbend Court: Responda con un dígito del 1 al 3.
""",
    "not understood": """
Riverbend Court: Disculpe, no entendimos. Envíe su número de caso o de multa, como 3RB-26-00100CR. Envíe HELP para ayuda. Para hablar con una persona, llame al 907-555-0100.
""",
    "slow down": """
Riverbend Court: Envió muchos números. Espere una hora e intente de nuevo, o llame al 907-555-0100.
""",
    "no more guesses": """
Riverbend Court: No podemos buscar más números para este teléfono. Llame al 907-555-0100.
""",
    "wrong number": """
Riverbend Trial Court: Gracias por avisarnos, y disculpe. No volveremos a escribir a este número.
""",
    "edited": """
Riverbend Court: Cambió un mensaje que ya había enviado. Vale su primera respuesta. Si quiere el cambio, envíelo otra vez como mensaje nuevo: 2
""",
    "thanks": """
Con gusto.
""",
    "stopped": """
Riverbend Trial Court: Los mensajes se detuvieron. No recibirá más mensajes nuestros. Sus fechas de corte no cambian. Para recibirlos otra vez, responda START. ¿Preguntas? Llame al 907-555-0100.
""",
    "stopped one": """
Riverbend Court: Se detuvieron los mensajes del caso 3RB-26-00142CR. La fecha de corte no cambia.
Sigue recibiendo mensajes de 2 casos:
- A-1
- A-2
Para detener todos los mensajes, responda STOP.
""",
    "stopped the last": """
Riverbend Court: Se detuvieron los mensajes del caso 3RB-26-00142CR. La fecha de corte no cambia. Ya no recibirá mensajes. Para recibirlos otra vez, responda START.
""",
    "which to stop": """
Riverbend Court: Para detener los mensajes de un caso, responda STOP y su número de esta lista, por ejemplo STOP 1. Para detener todos, responda STOP.
1 3RB-26-00142CR
2 A-2
""",
    "no such case": """
Riverbend Court: No encontramos ese caso en sus mensajes, así que no se detuvo nada. Para detener todos los mensajes, responda STOP.
""",
    "started": """
Riverbend Trial Court: Los mensajes están activos otra vez. Recibirá recordatorios de 2 casos. Responda STOP para detener mensajes, HELP para ayuda.
""",
    "started, nothing": """
Riverbend Trial Court: Los mensajes están activos otra vez, pero no hay ningún caso guardado para este teléfono. Envíenos su número de caso. Responda STOP para detener mensajes, HELP para ayuda.
""",
    "help": """
Riverbend Trial Court: mensajes sobre fechas de corte. Envíe un número de caso o de multa, como 3RB-26-00100CR, para ver sus fechas. Unos pocos mensajes por cada fecha. Pueden aplicar tarifas de mensajes y datos. Envíe LANG para cambiar el idioma. Llame al 907-555-0100 para hablar con una persona. Responda STOP para detener mensajes.
""",
    "menu": """
Riverbend Court: ¿Idioma? Responda con un dígito:
1 English
2 Español
3 العربية
4 Русский
""",
    "changed": """
Riverbend Court: De ahora en adelante le escribiremos en español.
""",
    "unavailable": """
Riverbend Court: Todavía no podemos escribir en ese idioma. Para un intérprete gratis, llame al 907-555-0100.
""",
    "trouble": """
Riverbend Court: Algo falló de nuestro lado y no se cambió nada. Intente más tarde o llame al 907-555-0100.
""",
    "only words": """
Riverbend Court: Aquí solo podemos leer palabras escritas. Escríbanos o llame al 907-555-0100.
""",
    "too long": """
Riverbend Court: Su mensaje es demasiado largo. Envíe solo su número de caso o llame al 907-555-0100.
""",
    "only in private": """
Riverbend Court: Escríbanos en un chat privado, no en un grupo.
""",
}
