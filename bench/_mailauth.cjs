/* Copyright 2026 Mail Deliverability maintainers
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl). */
// Npm's mailauth in a process that stays: a line comes in for each message, and one
// goes out with its milliseconds, those of the processor, and what was found.
// node _mailauth.cjs NODE_MODULES NAMESERVER MESSAGE IP HELO MAIL_FROM
const [modules, nameserver, path, ip, helo, sender] = process.argv.slice(2);
const {authenticate} = require(`${modules}/mailauth`);
const {Resolver} = require("dns").promises;
const {readFileSync} = require("fs");
const {createInterface} = require("readline");

const message = readFileSync(path);

async function run() {
    // One of its own for each message: nothing is remembered.
    const resolver = new Resolver();
    resolver.setServers([nameserver]);
    const resolve = (name, kind) => resolver.resolve(name, kind);
    const before = process.cpuUsage();
    const start = performance.now();
    const found = await authenticate(message, {
        ip,
        helo,
        sender,
        mta: "mx.mailhost.example",
        resolver: resolve,
        disableBimi: true,
    });
    const wall = performance.now() - start;
    const {user, system} = process.cpuUsage(before);
    return {
        wall,
        cpu: (user + system) / 1000,
        spf: found.spf.status.result,
        dkim: found.dkim.results.map((one) => one.status.result),
        dmarc: found.dmarc.status.result,
    };
}

createInterface({input: process.stdin}).on("line", async () => {
    console.log(JSON.stringify(await run()));
});
