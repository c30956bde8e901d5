import "/pages/shared/frame.js";
