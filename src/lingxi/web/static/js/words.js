// Every sentence of the shop in English and Chinese, and which of the two is spoken. `word_simulated` is said in place
// of `word` where the receipt of the shop's import says that its data are simulated.

const WORDS = {
  skip: ["Skip to the shelves", "跳到货架"],
  ways: ["Shop", "店铺"], aislesNav: ["Aisles", "货架分类"],
  home: ["Home", "首页"], again: ["Buy again", "再次购买"], api: ["API", "接口"], cart: ["Cart", "购物车"], close: ["Close", "关闭"],
  guest: ["Guest", "访客"], household: ["Shopper {id}", "顾客 {id}"], household_simulated: ["Household {id}", "家庭 {id}"],
  whoTitle: ["Who is shopping?", "谁在购物？"],
  whoNote: [
    "These are shoppers of this shop's log. Mind who sees their pages.",
    "这些是本店日志中的顾客，请留意谁能看到他们的页面。",
  ],
  whoNote_simulated: [
    "Each household is simulated from real grocery shopping patterns: nobody's own receipts are here.",
    "每户家庭都由真实的日用品购物规律模拟生成，并非任何人的真实小票。",
  ],
  whoOther: ["Another shopper, by id", "其他顾客编号"], whoGo: ["Shop as them", "以其身份购物"],
  whoGuest: ["New here, no history", "初次到店，没有记录"], whoPlain: ["In the log", "日志中的顾客"], whoPlain_simulated: ["A year of receipts", "一年的购物小票"],
  newGuest: ["Start as a new guest", "换一位新访客"],
  persons: ["{n} at home", "家中 {n} 人"], owner: ["own their home", "自有住房"], renter: ["rent", "租房"],
  helloGuest: ["Welcome in. Look around.", "欢迎光临，随便看看。"],
  helloHousehold: ["Welcome back, {id}.", "欢迎回来，{id}。"],
  helloHousehold_simulated: ["Welcome back, household {id}.", "欢迎回来，家庭 {id}。"],
  helloNote: [
    "Every shelf on this page is chosen again after each thing you do.",
    "您每做一件事，这一页的货架就重新挑选一遍。",
  ],
  helloData: ["From this shop's own log", "来自本店自己的日志"],
  helloData_simulated: ["Simulated from real grocery shopping patterns", "数据由真实购物规律模拟生成"],
  helloShift: ["times shifted by {n} days", "时间平移了 {n} 天"],
  picks: ["Picked for you", "为你挑选"], picksGuest: ["Good places to start", "不妨从这里看起"],
  picksNote: ["{n} picks, chosen in {ms} ms", "{n} 件商品，{ms} 毫秒挑选完成"],
  againRow: ["Time to buy again", "该再买了"], trending: ["Trending in the shop", "店内热门"], viewed: ["Recently viewed", "最近看过"],
  similar: ["More like this", "相似商品"], together: ["Often bought together", "经常一起购买"],
  addons: ["Goes well with your cart", "与购物车很搭"], inAisle: ["Your picks in this category", "本类中为你挑选"],
  showMore: ["Show more", "查看更多"], seeAll: ["See all", "查看全部"],
  add: ["Add to cart", "加入购物车"], addOf: ["Add {title} to the cart", "把{title}加入购物车"],
  more: ["One more", "多一件"], less: ["One fewer", "少一件"], inCart: ["{n} in the cart", "购物车中 {n} 件"],
  dismiss: ["Not interested", "不感兴趣"], free: ["Price at the till", "价格以收银台为准"], each: ["each", "每件"],
  emptyCart: ["Your cart is empty.", "购物车是空的。"], emptyCartNote: ["These go quickly:", "这些很受欢迎："],
  emptyAgain: ["Nothing bought yet. What you buy comes back here when it is due.", "还没有购买记录。买过的商品到了该补货时会出现在这里。"],
  total: ["Total", "合计"], order: ["Place the order", "下单"], ordered: ["Thank you. Order {id} is in the log.", "谢谢。订单 {id} 已记入日志。"],
  orderNote: ["No money moves: the order becomes purchase events.", "不会真的付款：订单会变成购买事件。"],
  remove: ["Remove", "移除"], items: ["{n} items", "{n} 件商品"], brand: ["Brand", "品牌"], size: ["Size", "规格"], category: ["Category", "分类"],
  previous: ["Scroll back", "向前滚动"], following: ["Scroll on", "向后滚动"],
  newBadge: ["New here", "新上架位"], upBadge: ["Up {n}", "上升 {n}"],
  nav_fruit: ["Fruit & veg", "果蔬"], nav_dairy: ["Dairy & eggs", "乳品蛋类"], nav_bakery: ["Bakery", "烘焙"],
  nav_meat: ["Meat & fish", "肉与海鲜"], nav_meals: ["Deli & meals", "熟食便餐"], nav_frozen: ["Frozen", "冷冻"],
  nav_pantry: ["Pantry", "粮油调味"], nav_breakfast: ["Breakfast", "早餐咖啡"], nav_snacks: ["Snacks", "零食糖果"],
  nav_drinks: ["Drinks", "饮料酒水"], nav_home: ["Household", "家居清洁"], nav_care: ["Care & health", "个护健康"],
  nav_baby: ["Baby", "母婴"], nav_pets: ["Pets", "宠物"], nav_more: ["Flowers & more", "鲜花及其他"],
  story: ["Behind the shelf", "货架背后"],
  storyWait: ["Click anything: the story of that click appears here.", "点击任意商品，这里会讲述这次点击的故事。"],
  storyShort: ["{a} + {b} ms · {n} moved", "{a} + {b} 毫秒 · {n} 处变化"],
  lastClick: ["Your last click", "上一次点击"],
  stored: ["Event stored on disk", "事件已写入磁盘"], storedNote: ["as number {seq} of the log", "日志第 {seq} 号"],
  chosen: ["Next page chosen", "下一页已挑选"], chosenNote: ["knowing the log up to {seq}", "已知日志至第 {seq} 号"],
  movedStep: ["Picks that moved", "有变化的位置"], movedNote: ["of {n} on your home page", "首页共 {n} 件"],
  ms: ["ms", "毫秒"],
  movedTitle: ["What moved, and why", "哪些变了，为什么"], movedNone: ["The order of your home page stayed as it was.", "首页的顺序没有变化。"],
  enters: ["new, place {to}", "新进第 {to} 位"], rises: ["{from} → {to}", "{from} → {to}"], left: ["{n} left the page", "{n} 件离开了首页"],
  did_view: ["Looked at", "查看了"], did_add_to_cart: ["Put in the cart", "加入购物车"], did_remove_from_cart: ["Took out of the cart", "移出购物车"],
  did_purchase: ["Bought", "购买了"], did_dismiss: ["Not interested in", "不感兴趣"], 
  notStored: ["Not stored: {why}", "未存储：{why}"],
  account: ["The whole account of this slate", "这一页的完整说明"], report: ["Read the training report", "阅读训练报告"],
  modelTitle: ["Who is choosing", "谁在挑选"], modelNone: ["No trained model yet", "尚无训练好的模型"],
  modelNoneNote: [
    "Popularity, purchase cycles, what is bought together: kept up live, no training needed.",
    "热度、购买周期与共同购买关系实时更新，无需训练。",
  ],
  modelLive: ["Live: {name}, trained up to event {seq}", "正在服务：{name}，训练至第 {seq} 号事件"],
  training: ["Training in the background", "正在后台训练"], 
  stage_snapshot: ["Reading the log", "读取日志"], stage_fit1: ["Fit 1 of 3, to find when to stop", "第 1 次训练：确定何时停止"],
  stage_blend: ["Weighing the sources", "权衡各个来源"], stage_fit2: ["Fit 2 of 3, to be judged", "第 2 次训练：供评审"],
  stage_judge: ["The gate judges", "评审中"], stage_fit3: ["Fit 3 of 3, up to now", "第 3 次训练：直到此刻"],
  stage_publish: ["Sealing the bundle", "封存模型包"],
  trainingFailed: ["Training stopped", "训练中断"], took: ["A new model took over. Your shelves are chosen again.", "新模型已上线，货架已重新挑选。"],
  passed: ["The gate let it through", "评审通过"], refused: ["The gate refused the challenger", "评审未通过"],
  gateNote: [
    "Judged on {n} shoppers' purchases over the last {d} days: share of what they bought that the top ten held.",
    "以 {n} 位顾客最近 {d} 天的购买评审：他们买的商品有多少在前十位之内。",
  ],
  champion: ["Before", "原有"], challenger: ["Challenger", "新模型"], difference: ["Difference", "差值"], interval: ["95 % interval", "95 % 区间"],
  data: ["Chosen from this shop's own log. {about}", "依据本店自己的日志挑选。{about}"],
  data_simulated: [
    "The shop's data are simulated from real grocery shopping patterns (The Complete Journey, 2,469 households): they are no real person's purchases.",
    "本店数据根据真实的日用品购物规律模拟生成（The Complete Journey，2,469 户家庭），并非任何真人的购买记录。",
  ],
  shifted: ["All times were shifted by {n} days, a whole number of weeks, so that the last purchase is recent.", "所有时间均平移了 {n} 天（整周），使最后一次购买发生在最近。"],
  colophon: ["Nothing here is for sale. Lingxi chooses; icons are drawn for this shop.", "本店商品并不出售。灵犀负责挑选；图标为本店绘制。"],
  offline: ["The shop does not answer: {why}. It will be asked again.", "店铺没有响应：{why}。稍后会再次尝试。"],
  lost: ["There is no such shelf.", "没有这个货架。"], lostNote: ["The address names nothing in this shop.", "这个地址不对应本店的任何商品。"],
};

const KEY = "lingxi.language";
let spoken = localStorage.getItem(KEY) ?? (navigator.language.startsWith("zh") ? "zh" : "en");

let simulated = false;

export const language = () => spoken;

/** Whether the shop's data are simulated; nothing says so until its receipt does. */
export function simulate(yes) {
  simulated = yes;
}

/** Remembers the language, for this page and the next visits. */
export function speak(code) {
  spoken = code === "zh" ? "zh" : "en";
  localStorage.setItem(KEY, spoken);
  document.documentElement.lang = spoken === "zh" ? "zh-CN" : "en";
}

/** A sentence in the spoken language, its {names} filled in. */
export function say(word, values = {}) {
  const sentences = (simulated && WORDS[`${word}_simulated`]) || WORDS[word];
  const sentence = sentences?.[spoken === "zh" ? 1 : 0] ?? word;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Speaks what the templates hold: text by `data-word`, labels by `data-label`. */
export function relabel(root = document) {
  for (const each of root.querySelectorAll("[data-word]")) each.textContent = say(each.dataset.word);
  for (const each of root.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", say(each.dataset.label === "aisles" ? "aislesNav" : each.dataset.label));
  }
}

let currency = "USD";

/** In what the shop's prices are (ISO 4217). */
export function priced(code) {
  currency = code;
}

/** A price as the shop's currency is written; what costs less than a few cents (fuel is counted in thousandths) keeps its
 * digits. */
export function money(price) {
  const digits = price !== 0 && Math.abs(price) < 0.05 ? { minimumFractionDigits: 4, maximumFractionDigits: 4 } : {};
  const style = { style: "currency", currency, currencyDisplay: "narrowSymbol", ...digits };
  return new Intl.NumberFormat(spoken === "zh" ? "zh-CN" : "en", style).format(price);
}

/** Milliseconds, short: 0.42, 3.1, 128. */
export const short = (ms) => (ms < 1 ? ms.toFixed(2) : ms < 10 ? ms.toFixed(1) : ms.toFixed(0));
