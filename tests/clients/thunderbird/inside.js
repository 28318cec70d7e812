// SPDX-License-Identifier: BSD-2-Clause
// Helpers that run inside Thunderbird's main process; T is what they are called there.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout, clearTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const H = { MailServices, dialogs: [], isAsking: 0, pin: args[0], pinMode: "ok" };
H.sleep = ms => new Promise(r => setTimeout(r, ms));
H.until = async (what, fn, ms = 60000) => {
  const end = Date.now() + ms;
  for (;;) {
    let v = null;
    try { v = await fn(); } catch (e) { H.lastErr = String(e); }
    if (v) return v;
    if (Date.now() > end) throw new Error("timed out waiting for " + what + " " + (H.lastErr || ""));
    await H.sleep(100);
  }
};

// Every common dialog (PIN prompt, alert, confirm) is noted, then answered the
// way a user would: type the PIN, which takes a while in which Thunderbird goes
// on, or press the default button.
H.typingMs = 1000;
H.onDialog = { observe(win) {
  const a = win.Dialog?.args || {};
  const rec = { type: a.promptType, title: a.title || null, text: a.text || null };
  H.dialogs.push(rec);
  H.isAsking++;
  win.addEventListener("unload", () => H.isAsking--, { once: true });
  const press = () => {
    try {
      if (a.promptType == "promptPassword") {
        if (H.pinMode == "cancel") { rec.answer = "cancel"; win.Dialog.ui.button1.click(); return; }
        win.document.getElementById("password1Textbox").value = H.pinMode == "wrong" ? "wrong-wrong-9" : H.pin;
        rec.answer = H.pinMode;
        if (H.pinMode == "wrong") H.pinMode = "ok";      // one wrong try, then the right PIN
      } else rec.answer = "default button";
      win.Dialog.ui.button0.disabled = false;
      win.Dialog.ui.button0.click();
    } catch (e) { rec.error = String(e); }
  };
  setTimeout(press, a.promptType == "promptPassword" ? H.typingMs : 0);
}};
Services.obs.addObserver(H.onDialog, "common-dialog-loaded");

H.certdb = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
H.moddb = Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB);
// Before Thunderbird 153 the slots came by a method, and nothing knew its kind.
const asKind = (object, kind) => {
  try { object.QueryInterface(kind); } catch (e) {}
  return object;
};
const slotsOf = async m => {
  asKind(m, Ci.nsIPKCS11Module);
  return Array.from(m.slots ?? await m.listSlots(), s => asKind(s, Ci.nsIPKCS11Slot));
};
H.modules = async () => {
  const out = [];
  for (const m of await H.moddb.listModules()) {
    const slots = [];
    for (const s of await slotsOf(m)) {
      const rec = { name: s.name, status: s.status };
      let t = null; try { t = s.getToken(); } catch (e) {}
      if (t) for (const k of ["tokenName", "tokenManID", "tokenSerialNumber", "isLoggedIn", "hasPassword", "canHavePassword"])
        try { rec[k] = t[k]; } catch (e) { rec[k] = "throws " + e.name; }
      slots.push(rec);
    }
    out.push({ name: m.name, libName: m.libName, slots });
  }
  return out;
};
H.token = async label => {
  for (const m of await H.moddb.listModules()) for (const s of await slotsOf(m)) {
    let t = null; try { t = s.getToken(); } catch (e) {}
    if (t && t.tokenName == label) return t;
  }
  return null;
};
H.logout = async label => {
  const t = await H.token(label);
  (t.logout ?? t.logoutSimple).call(t);
};
H.isLoggedIn = async label => {
  const t = await H.token(label);
  return typeof t.isLoggedIn == "function" ? t.isLoggedIn() : t.isLoggedIn;
};
H.certs = () => H.certdb.getCerts().map(c => ({
  name: c.displayName, tokenName: c.tokenName, emails: c.emailAddresses || null,
  email: c.emailAddress, serial: c.serialNumber, dbKey: c.dbKey, type: c.certType,
  sha256: c.sha256Fingerprint }));

H.account = () => MailServices.accounts.accounts.find(a => a.incomingServer?.type == "pop3");
H.identity = () => H.account().defaultIdentity;

// The certificates that the account's identity has selected, as Thunderbird
// finds them.
H.selected = () => {
  const id = H.identity(), out = { signs: id.getBoolAttribute("sign_mail") };
  for (const k of ["signing", "encryption"]) {
    const key = id.getCharAttribute(k + "_cert_dbkey");
    const c = key ? H.certdb.findCertByDBKey(key) : null;
    out[k] = c && { name: `${c.displayName} [${c.serialNumber}]`, told: id.getUnicharAttribute(k + "_cert_name"),
                    token: c.tokenName, emails: c.emailAddresses };
  }
  return out;
};
H.prompts = () => H.dialogs.filter(d => d.type == "promptPassword").length;

// Open a compose window, fill it, optionally toggle encryption, press Send.
H.openCompose = async (to, subject, body, encrypt) => {
  const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
  const f = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
  f.to = to; f.subject = subject; f.body = body;
  params.composeFields = f; params.identity = H.identity();
  params.type = Ci.nsIMsgCompType.New; params.format = Ci.nsIMsgCompFormat.PlainText;
  MailServices.compose.OpenComposeWindowWithParams(null, params);
  const win = await H.until("compose window", () => {
    const w = Services.wm.getMostRecentWindow("msgcompose");
    return w && w.document.readyState == "complete" && w.gMsgCompose && w.composeEditorReady !== false &&
      w.gCurrentIdentity && w.GetCurrentEditor && w.GetCurrentEditor() && w;
  });
  await H.until("signing to be on", () => win.gSendSigned, 20000);
  if (encrypt) {
    win.document.getElementById("button-encryption").click();
    await H.until("encryption to be on", () => win.gSendEncrypted && win.gSMFields.requireEncryptMessage, 20000);
  }
  return win;
};
// Before Thunderbird 153 an alert says that the PIN is asked for elsewhere.
const isFailure = d => d.type == "alert" && !/^Please authenticate to the token/.test(d.text);
H.send = async (win, ms = 90000) => {
  const before = H.dialogs.length, t0 = Date.now();
  win.document.getElementById("button-send").click();
  try {
    await H.until("compose window to close", () => win.closed || H.dialogs.slice(before).some(isFailure), ms);
  } finally { H.sendMs = Date.now() - t0; }
  await H.sleep(300);
  return { closed: win.closed, ms: H.sendMs, dialogs: H.dialogs.slice(before) };
};
// The next mail's window should not meet one that is still closing; in
// Thunderbird 140 one whose sending failed may stay, and is in nobody's way.
H.discard = async () => {
  const open = () => [...Services.wm.getEnumerator("msgcompose")];
  for (const w of open()) w.close();
  const end = Date.now() + 5000;
  while (open().length && Date.now() < end) await H.sleep(100);
};

// Fetch by POP3 and give back the header of the message with that subject.
H.fetchMail = async subject => {
  const server = H.account().incomingServer;
  server.password = "x";
  const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
  const find = () => { for (const h of inbox.messages) if (h.mime2DecodedSubject == subject) return h; return null; };
  if (!find()) {
    server.getNewMessages(inbox, top_.msgWindow, null);
    await H.until("message " + subject, find, 30000);
  }
  return find();
};
H.open = async (hdr, ms = 30000, wantSig = true) => {
  const a3 = await H.until("about:3pane", () => top_.gTabmail?.currentAbout3Pane || top_.document.getElementById("tabmail")?.currentAbout3Pane);
  a3.displayFolder(hdr.folder.URI);
  const uri = hdr.folder.getUriForMsg(hdr);
  const row = () => { const i = a3.gDBView?.findIndexOfMsgHdr(hdr, true); return i !== undefined && i < 0xffffffff ? { i } : null; };
  await H.until("message row", row);
  // No person gets past a modal dialog to click on a message.
  await H.until("dialogs to close", () => !H.isAsking);
  a3.threadTree.selectedIndex = -1;
  await H.sleep(200);
  const t0 = Date.now(), before = H.dialogs.length;
  // Another mail that comes meanwhile moves the rows.
  const am = await H.until("about:message", () => {
    const at = row();
    if (at && a3.threadTree.selectedIndex != at.i) a3.threadTree.selectedIndex = at.i;
    const w = a3.messageBrowser?.contentWindow;
    return w?.gMessageURI == uri && w; });
  let text = "";
  try {
    await H.until("message text", () => {
      const doc = am.getMessagePaneBrowser().contentDocument;
      text = doc?.body?.textContent?.trim() || "";
      return am.msgLoaded !== false && text && !am.getMessagePaneBrowser().webProgress?.isLoadingDocument;
    }, ms);
  } catch (e) { text = ""; }
  await H.until("signature status", () => am.gSignatureStatus != -1 && am.gSignatureStatus !== undefined, wantSig ? 8000 : 500).catch(() => {});
  await H.sleep(300);
  return { text, ms: Date.now() - t0, signature: am.gSignatureStatus, encryption: am.gEncryptionStatus,
           signer: am.gSignerCert?.displayName || null, encCert: am.gEncryptionCert?.displayName || null,
           subject: am.document.querySelector("#expandedsubjectBox")?.textContent?.trim() || null,
           dialogs: H.dialogs.slice(before) };
};
H.closeMessage = async () => { const a3 = top_.document.getElementById('tabmail').currentAbout3Pane; if (a3.gDBView) a3.threadTree.selectedIndex = -1; await H.sleep(300); };
top_.__T = H;
return Services.appinfo.version;
