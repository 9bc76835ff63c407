// Which drawn icon stands for a category, by its words; and which aisle an icon belongs to.

// Read from top to bottom: the first rule that matches wins, so the special stands above the general.
const RULES = [
  ["fuel", /\bfuel|petrol|propane/], ["ticket", /coupon|ticket|deposit|collectable|dollar value/],
  ["cat", /\bcat\b/], ["dog", /\bdogs? food|\bdog\b|\bpet/], ["bird", /\bbird/],
  ["diaper", /diaper/], ["baby", /baby|infant|formula/],
  ["sausage", /hot dog|sausage/], ["bacon", /bacon/], ["ham", /ham\b|smoked|lunch ?meat|deli meat|processed meat/],
  ["shrimp", /shrimp|other seafood|frozen seafood/], ["sushi", /sushi/], ["fish", /seafood|fish/],
  ["pizza", /pizza/], ["fries", /frozen potato/], ["popsicle", /ice pop|novelt|popsicle/], ["icecream", /ice cream|sherb/],
  ["pancake", /pancake|frozen breakfast|waffle/], ["tray", /frozen dinner|heat & serve|boxed frozen/], ["pie", /\bpies?\b/], ["donut", /doughnut|donut/],
  ["poultry", /chicken|turkey|poultry|fowl/], ["pork", /pork/], ["beef", /beef|lamb|veal|meat counter|frozen meat/],
  ["bread", /frozen bread/], ["dough", /dough/], ["tea", /\bteas?\b/], ["juice", /juice|fountain/],
  ["berry", /frozen fruit/], ["broccoli", /frozen vegetable/], ["frozen", /frozen|\bice\b/],
  ["coffee", /coffee shop|quick service|restaurant|cocoa|chocolate &/], ["beans", /coffee/],
  ["milk", /plant milk|dairy-free|milk & cream|canned milk|\bmilk\b/], ["yogurt", /yogurt/],
  ["cream", /sour cream|cottage/], ["butter", /butter\b(?!.*jam)|margarine/], ["peanut", /peanut|jam\b|jelly/],
  ["cheese", /cheese/], ["egg", /\beggs?\b/], ["milk", /dairy/],
  ["oats", /oatmeal|hot cereal/], ["cereal", /cereal/], ["bar", /breakfast bar|wholesome|fitness|diet aid/],
  ["cracker", /rice cake/], ["cake", /cake|pudding|gelatin|party tray/], ["croissant", /pastr|sweet baked|croissant/], ["cookie", /cookie/],
  ["cracker", /cracker|crouton/], ["bread", /bread|rolls|buns|toast/],
  ["popcorn", /popcorn|canister/], ["chocolate", /candy bar|chocolate/], ["candy", /candy|sweets|valentine|halloween|impulse/],
  ["chips", /chip|snacks/], ["nut", /nut/],
  ["fish", /canned fish/], ["salad", /salad bar|salads? &|deli\b.*salad/], ["sauce", /sauce|condiment|dressing|gravy|ketchup/],
  ["avocado", /avocado/], ["pineapple", /pineapple|mango|kiwi|papaya/], ["cucumber", /cucumber|zucchini/],
  ["citrus", /citrus|orange|lemon|lime\b/], ["garlic", /garlic/], ["banana", /banana/], ["pineapple", /tropical/], ["pear", /pears?\b/], ["peach", /stone fruit|peach|plum/], ["berry", /berr|cherr/], ["grapes", /grape|dried fruit/],
  ["melon", /melon|cut fruit/], ["apple", /apple|fruit|basket/], ["tomato", /tomato/], ["potato", /potato/],
  ["onion", /onion/], ["carrot", /carrot|cut vegetable/], ["lettuce", /lettuce|salad mix|salad|organic produce/],
  ["pepper", /peppers/], ["mushroom", /mushroom/], ["corn", /corn\b|squash/], ["herb", /herb/], ["broccoli", /broccoli|cauliflower/],
  ["pickle", /pickle|sauerkraut|olive|relish|canning/], ["can", /canned|canister/], ["soup", /soup/], ["pasta", /pasta|noodle/],
  ["rice", /rice|dry bean|grain/], ["oil", /\boil|shortening/], ["spice", /spice|extract/], ["sports", /drink mix/],
  ["taco", /mexican|hispanic|taco|dinner mix/], ["flour", /flour|baking|sugar|mix/], ["oats", /syrup|molasses/],
  ["beer", /beer|\bale/], ["wine", /wine/], ["spirit", /spirit|liquor/], ["sports", /sports drink|isotonic|new age|drink mix/],
  ["water", /water/], ["soda", /soft drink|soda|cola/], ["juice", /drink|beverage/],
  ["sandwich", /sandwich|deli/], ["deli", /prepared|chef|special/],
  ["broccoli", /vegetable|produce/],
  ["paper", /toilet paper|paper towel/], ["tissue", /tissue|napkin/], ["plate", /paper plate|dinnerware|glassware|foil/],
  ["bag", /wraps & bags|food wrap|trash/], ["dish", /dishwash/], ["laundry", /laundry|softener|bleach|ironing|fabric/],
  ["spray", /clean|air fresh|natural household/], ["broom", /broom|mop/], ["candle", /candle/], ["bulb", /electric|bulb/], ["battery", /batter/],
  ["pot", /cookware|kitchen|houseware|appliance/], ["tool", /hardware|plumbing|shoe care/], ["bug", /insect/],
  ["car", /car care|automotive|travel/], ["grill", /charcoal|firework|summer/], ["snow", /christmas|winter|autumn|easter$|seasonal/],
  ["smoke", /cigar|tobacco|smok/], ["book", /magazine|book|newspaper/], ["card", /cards?\b|postal|charit/],
  ["pencil", /stationery|school|sewing/], ["toy", /toy|game|sports memo|balloon/], ["phone", /phone|audio|watch|calling/],
  ["photo", /photo|film|camera/], ["shirt", /cloth|sock|hosiery|textile|furnish|apparel/],
  ["lipstick", /make-?up|cosmetic|beauty tool|beauty$/], ["perfume", /fragrance/], ["shampoo", /hair/], ["razor", /shav/],
  ["tooth", /\boral|tooth/], ["soap", /soap|bath|deodorant|feminine|incontinence/], ["cream", /skin|sun care|foot|hand|body|health & beauty/],
  ["vitamin", /vitamin|diet/], ["firstaid", /first aid|health care|eye|glasses|family planning/],
  ["pill", /pain|cold|flu|antacid|laxative|sinus|allerg|pharmac|health/],
  ["flower", /flower|rose|bouquet|floral|lil(y|ies)/], ["plant", /plant|garden|lawn/],
];

/** The aisles of the shop: name in the words file, its tint, its own icon and the icons of its categories. */
export const AISLES = [
  ["fruit", "#e6f3dc", "apple", "apple pear peach pineapple avocado banana citrus berry grapes melon tomato potato onion garlic cucumber carrot lettuce pepper mushroom corn herb broccoli"],
  ["dairy", "#e3f0f8", "milk", "milk yogurt butter cheese egg cream"],
  ["bakery", "#faecd6", "bread", "bread croissant cake pie donut dough"],
  ["meat", "#fbe3de", "beef", "beef pork poultry bacon ham sausage fish shrimp"],
  ["meals", "#fdf0cf", "sandwich", "sandwich deli salad sushi soup taco"],
  ["frozen", "#dfeef5", "frozen", "frozen tray pizza fries icecream popsicle"],
  ["pantry", "#f6ead8", "can", "can pasta rice sauce oil spice flour pickle peanut"],
  ["breakfast", "#f4e6da", "coffee", "coffee beans tea cereal oats pancake bar"],
  ["snacks", "#fde6ea", "cookie", "cookie cracker chips popcorn candy chocolate nut"],
  ["drinks", "#fde9d9", "soda", "soda water juice sports beer wine spirit"],
  ["home", "#e1f1ee", "spray", "spray paper tissue plate bag dish laundry broom candle bulb battery pot tool bug"],
  ["care", "#ece6f7", "shampoo", "shampoo lipstick perfume razor tooth soap vitamin pill firstaid"],
  ["baby", "#e5effb", "baby", "baby diaper"],
  ["pets", "#f6ecdb", "dog", "dog cat bird"],
  ["more", "#eef1ea", "flower", "flower plant book card pencil toy phone photo shirt car fuel grill snow smoke ticket basket"],
].map(([name, tint, icon, icons]) => ({ name, tint, icon, icons: icons.split(" ") }));

const chosen = new Map();

/** The icon of a category path ("Grocery > Frozen pizza"): its last part decides, then the whole. */
export function iconOf(category) {
  if (!chosen.has(category)) {
    const path = category.toLowerCase();
    const tail = path.split(" > ").pop();
    const rule = RULES.find(([, words]) => words.test(tail)) ?? RULES.find(([, words]) => words.test(path));
    chosen.set(category, rule ? rule[0] : "basket");
  }
  return chosen.get(category);
}

export function aisleOf(category) {
  const name = iconOf(category);
  return AISLES.find((aisle) => aisle.icons.includes(name)) ?? AISLES.at(-1);
}
