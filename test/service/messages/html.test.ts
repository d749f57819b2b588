import { expect, it } from 'vitest';
import { htmlOf } from '../../../shared/service/messages/html.ts';

const html = htmlOf(
	'es',
	'Un mensaje de <Norte & Sur>',
	'Hola:\n\nSu saldo: $1 < $2 & más.\nDos líneas.\n\nVea su cuenta aquí: https://pay.example/a?b=1&c=2\n\nMire https://x.example/y.\n\nFin',
);

it('says its language, its title and its width', () => {
	expect(html).toMatch(
		/^<!doctype html>\n<html lang="es">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">/,
	);
	expect(html).toContain('<title>Un mensaje de &lt;Norte &amp; Sur&gt;</title>');
	expect(html).toContain('max-width:38em');
	expect(html).toContain('font:16px/1.5');
});

it('is paragraphs of a main part, in which nothing from outside becomes markup', () => {
	expect(html).toContain('<main');
	expect(html).toContain('<p>Su saldo: $1 &lt; $2 &amp; más.<br>Dos líneas.</p>');
	expect(html.match(/<p>/g)).toHaveLength(5);
	for (const tag of ['html', 'head', 'title', 'body', 'main', 'p', 'a'])
		expect([tag, html.match(new RegExp(`</${tag}>`, 'g'))?.length]).toEqual([tag, html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length]);
});

it('has links that say where they lead, and an address in a sentence without its full stop', () => {
	expect(html).toContain('<a href="https://pay.example/a?b=1&amp;c=2" style="color:#0b5cad">Vea su cuenta aquí</a>');
	expect(html).toContain('Mire <a href="https://x.example/y" style="color:#0b5cad">https://x.example/y</a>.');
});

it('has contrast of 4.5:1 and more', () => {
	const light = (hex: string) => {
		const [r = 0, g = 0, b = 0] = [1, 3, 5]
			.map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
			.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	expect(html).toContain('background:#ffffff');
	for (const color of new Set(html.match(/(?<=[;"]color:)#[0-9a-f]{6}/g))) expect(1.05 / (light(color) + 0.05)).toBeGreaterThan(4.5);
});
