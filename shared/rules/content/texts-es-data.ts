/**
 * The words in Spanish. Text messages keep to letters of GSM-7: á, í, ó and ú would cut a part from 160 characters to 70,
 * and an accent that is dropped changes a word. `from` is the digest of the English it was translated from; a test fails
 * when that changed.
 */
import type { BuiltInMessage } from './message-data.ts';
import type { Frame, MessageWords } from './texts-en-data.ts';

/** The line for those whose language we have no words in. */
export const SPANISH_POINTER = { sms: 'En español: {{ phone }}.', body: '¿Prefiere hablar en español? Llámenos al {{ phone }}.' } as const;

export const FRAME_ES: Frame & { from: string } = {
	from: '67fdbf7cd2cb',
	subject: 'Un mensaje de {{ practice }}',
	smsEnd: {
		pay: '{% if link %} Ver o pagar: {{ link }}{% endif %}{% if phone %} ¿Preguntas? {{ phone }}.{% endif %} Responda STOP para darse de baja.',
		call: '{% if phone %} ¿Preguntas? {{ phone }}.{% endif %} Responda STOP para darse de baja.',
	},
	greeting: 'Hola:',
	bodyEnd: {
		pay: '{% if link %}\n\nVea su cuenta o pague aquí: {{ link }}{% endif %}\n\n¿Ya pagó? Entonces no haga caso de este mensaje. Quizá se cruzó con su pago.{% if phone %} Si tiene preguntas, o si le es difícil pagar ahora, llámenos al {{ phone }}. Podemos ayudarle, y es posible un plan de pagos.{% endif %}',
		call: '{% if phone %}\n\nSi tiene preguntas, llámenos al {{ phone }}.{% endif %}',
	},
	financialHelp: '{% if financial_help %}\n\n{{ financial_help }}{% endif %}',
	languageHelp: '{% if language_help %}\n\n{{ language_help }}{% endif %}{% if tty %}\n\nTTY: {{ tty }}{% endif %}',
	voice: 'Hola. Este es un mensaje de {{ practice }}. Por favor llámenos{% if phone %} al {{ phone }}{% endif %} cuando tenga un momento. Gracias.',
	voicemail: 'Hola. Habla {{ practice }}. Por favor devuélvanos la llamada{% if phone %} al {{ phone }}{% endif %}. Gracias.',
	fax: 'FAX\n\nDe: {{ practice }}{% if phone %}\nTeléfono: {{ phone }}{% endif %}\nPáginas: 1\n\nEsta hoja es para la persona que nos pidió usar este fax. Si le llegó por error, llámenos y tírela, por favor.\n\nTenemos un mensaje para usted. Por favor llámenos{% if phone %} al {{ phone }}{% endif %}.',
	unsubscribe: 'No recibir más estos correos',
};

export const RELATIVE_ES: MessageWords & { from: string } = {
	from: 'c881ac56e6d4',
	sms: 'tenemos un mensaje sobre una cuenta en la que usted ayuda.{% if amount %} Tiene {{ amount }} por pagar.{% endif %} No le pedimos pagar a usted.{% if link %} Ver: {{ link }}{% endif %}',
	body: 'Tenemos un mensaje sobre una cuenta en la que usted ayuda.{% if amount %} La cuenta tiene {{ amount }} por pagar ahora.{% endif %} La persona de la cuenta permite que se lo digamos. No le pedimos a usted que pague.{% if link %}\n\nVea la cuenta aquí: {{ link }}{% endif %}',
};

export const WORDS_ES: Record<BuiltInMessage, MessageWords & { from: string }> = {
	notice: {
		from: '8e7c36d94fe7',
		sms: 'tiene un nuevo estado de cuenta{% if amount %} por {{ amount }}{% endif %}.',
		subject: 'Su estado de cuenta de {{ practice }} está listo',
		body: 'Su estado de cuenta está listo. La cantidad que debe pagar ahora es {{ amount }}.',
	},
	reminder_1: {
		from: 'b55ee3cb9a5b',
		sms: 'tiene un saldo {% if amount %}de {{ amount }} {% endif %}por pagar.',
		body: 'Le recordamos que tiene {{ amount }} por pagar.',
	},
	reminder_2: {
		from: 'd0be0c45adc0',
		sms: 'su saldo {% if amount %}de {{ amount }} {% endif %}sigue por pagar. Podemos ayudarle con un plan.',
		body: 'Todavía tiene {{ amount }} por pagar. Puede pagar todo de una vez o en partes.',
	},
	reminder_3: {
		from: 'c784bf05dcf5',
		sms: 'su saldo {% if amount %}de {{ amount }} {% endif %}sigue por pagar. Puede llamarnos o pagar.',
		body: 'Todavía tiene {{ amount }} por pagar. Pague, por favor, o llámenos para buscar juntos una manera.',
	},
	payment_failed: {
		from: 'a3c3d6c5b8d1',
		sms: 'un pago {% if amount %}de {{ amount }} {% endif %}no se pudo hacer.',
		body: 'Un pago no se pudo hacer, así que tiene {{ amount }} por pagar. Use otra forma de pago, por favor, o revise la que usó.',
	},
	payment_returned: {
		from: '675f08344b67',
		sms: 'el banco nos ha devuelto un pago{% if amount %} de {{ amount }}{% endif %}.',
		body: 'El banco nos devolvió un pago, así que otra vez tiene {{ amount }} por pagar. Use otra forma de pago, por favor, o llámenos.',
	},
	payment_method_needed: {
		from: '9aee26f8c8ed',
		sms: 'por favor denos una nueva forma de pago.',
		body: 'Ya no podemos usar la forma de pago que nos dio. Por favor denos una nueva. La cantidad que debe pagar ahora es {{ amount }}.',
	},
	appointment_balance: {
		from: '303abed552b4',
		sms: 'tiene un saldo {% if amount %}de {{ amount }} {% endif %}por pagar.',
		body: 'Tiene un saldo de {{ amount }} por pagar. Es lo que queda después de lo que ya se pagó.',
	},
	balance_threshold: {
		from: '94bc799329f1',
		sms: 'tiene un saldo {% if amount %}de {{ amount }} {% endif %}por pagar. Puede pagar en partes.',
		body: 'Su saldo es de {{ amount }}. Puede pagar todo de una vez o en partes.',
	},
	plan_due: {
		from: 'b32982120ca1',
		sms: 'pronto le toca un pago {% if amount %}de {{ amount }} {% endif %}de su plan.',
		body: 'Su próximo pago del plan, de {{ amount }}, se debe hacer {% if due_date %}el {{ due_date }}{% else %}pronto{% endif %}.',
	},
	plan_missed: {
		from: 'fbb1446064ba',
		sms: 'no nos ha llegado un pago {% if amount %}de {{ amount }} {% endif %}de su plan. Puede llamarnos o pagar.',
		body: 'No nos ha llegado su pago del plan, de {{ amount }}. Pague, por favor, o llámenos para cambiar juntos el plan.',
	},
	promise_due: {
		from: 'c31d30c1e5e2',
		sms: 'le escribimos por el pago {% if amount %}de {{ amount }} {% endif %}que piensa hacer.',
		body: 'Nos dijo que piensa pagar {{ amount }}{% if due_date %} a más tardar el {{ due_date }}{% endif %}. Gracias.',
	},
	promise_broken: {
		from: '652e2459ab15',
		sms: 'no nos ha llegado el pago {% if amount %}de {{ amount }} {% endif %}que pensaba hacer. Puede llamarnos o pagar.',
		body: 'No nos han llegado los {{ amount }} que pensaba pagar. ¿Ha cambiado algo? Llámenos y buscaremos con usted otra fecha o un plan.',
	},
	plan_offer: {
		from: 'a6a7a0c2054f',
		sms: 'tiene un saldo {% if amount %}de {{ amount }} {% endif %}por pagar. Lo puede pagar en partes.',
		body: 'La cantidad que debe pagar ahora es {{ amount }}. No tiene que pagar todo de una vez. Podemos hacer con usted un plan de pagos.',
	},
	dispute_received: {
		from: '74dd9f8ba928',
		sms: 'nos ha llegado su pregunta sobre una cuenta. La vamos a revisar y le daremos una respuesta.',
		body: 'Nos ha llegado su mensaje de que una cantidad puede estar mal. La estamos revisando. No tiene que pagar esa cantidad hasta que le demos una respuesta.',
	},
	insurance_update: {
		from: '4fe7c6e62935',
		sms: 'por favor llame para actualizar los datos de su seguro.',
		body: 'Esto no es una cuenta por pagar. No pudimos usar el seguro que tenemos de usted. Por favor llámenos y tenga a mano su tarjeta del seguro.',
	},
};
