// Search in pages opened from disk: browsers start no workers there, so a hidden frame does the work.
// The theme's search asks for a `Worker`, and tells by the name `IFrameWorker` that it is in a frame.
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...urls) =>
        urls.reduce((done, each) => done.then(() => this.#load(inside, each)), Promise.resolve());
      this.postMessage = (data) => waiting.push(data);
      this.#load(inside, url).then(() => {
        this.postMessage = (data) =>
          inside.dispatchEvent(new inside.MessageEvent("message", { data }));
        waiting.splice(0).forEach((data) => this.postMessage(data));
      });
    }

    #load(inside, url) {
      return new Promise((resolve, reject) => {
        const script = inside.document.createElement("script");
        script.src = String(url);
        script.onload = resolve;
        script.onerror = () => reject(new Error(`${url} cannot be loaded`));
        inside.document.body.append(script);
      });
    }
  };
}
