"""What exports call their columns and their kinds of event, in several languages."""

# ruff: noqa: E501 (Chinese and Japanese signs count as two)

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from lingxi.ingest.files.mapping import Sort

_COMMON: Final = {
    "user": "user userid user_id customer customerid customer_id cust_id custid client clientid client_id shopper "
    "shopper_id visitor visitorid visitor_id buyer buyer_id member member_id memberid account account_id reviewer "
    "reviewerid reviewer_id household household_id kunde kundennummer kundennr kunden_id kundenid idclient code_client "
    "cliente id_cliente cod_cliente 用户 用户id 用户编号 用户ID 会员 会员id 会员号 会员编号 客户 客户id 客户编号 买家 买家id "
    "顧客 顧客id 会員id ユーザーid клиент покупатель uid",
    "session": "session sessionid session_id visit visitid visit_id sitzung besuch session_key sid 会话 会话id 访问id "
    "セッション сессия",
    "item": "item itemid item_id product productid product_id sku stockcode stock_code article article_id articleid "
    "artikel artikelnummer artikel_nr artikelnr artnr asin parent_asin movie movieid movie_id isbn goods goods_id "
    "goodsid upc ean gtin prod_id material produkt produkt_id produktid produktnummer produit id_produit ref reference "
    "articulo producto id_producto codigo_producto prodotto 商品 商品id 商品编号 商品编码 商品代码 货号 产品 产品id 产品编号 "
    "商品コード товар артикул iid",
    "title": "title name item_name product_name productname product_title description desc prod_name stock_description "
    "bezeichnung artikelbezeichnung beschreibung produktname titel nom designation libelle descripcion nombre titolo "
    "nome 名称 商品名称 标题 商品标题 品名 产品名称 商品名 название наименование",
    "category": "category categoryid category_id categories department dept product_category product_type "
    "product_type_name item_category main_category cat kategorie warengruppe categorie categoria genre genres aisle "
    "product_group_name 类目 分类 品类 类别 商品类目 商品类目id 类目id カテゴリ категория category_code",
    "brand": "brand brand_id manufacturer marke hersteller marque marca 品牌 品牌id ブランド бренд",
    "seller": "seller seller_id shop shop_id merchant store_name vendor haendler verkaeufer vendeur vendedor 店铺 店铺id "
    "卖家 商家",
    "price": "price unitprice unit_price item_price sale_price selling_price preis einzelpreis stueckpreis prix "
    "prix_unitaire precio precio_unitario prezzo preco 单价 价格 售价 实付单价 成交价 価格 単価 цена paid_price",
    "list_price": "list_price listprice regular_price original_price msrp rrp uvp listenpreis prix_catalogue "
    "precio_lista 原价 吊牌价 标价 市场价 定价",
}
NAMES: Final[dict[Sort, dict[str, str]]] = {
    "events": {
        "at": "at time timestamp datetime date event_time eventtime eventdate event_date created created_at "
        "createdat invoicedate invoice_date order_date orderdate purchase_date purchasedate transaction_date "
        "transaction_time transaction_timestamp t_dat ts unixreviewtime unix_review_time date_time order_time "
        "datum zeit zeitpunkt zeitstempel bestelldatum rechnungsdatum kaufdatum belegdatum heure date_commande "
        "date_achat fecha fecha_compra fecha_pedido hora data data_ora data_ordine data_compra 时间 时间戳 日期 下单时间 "
        "订单时间 支付时间 成交时间 行为时间 购买时间 创建时间 日時 注文日 дата время",
        "clock": "clock time_of_day order_hour uhrzeit bestellzeit 时刻",
        "kind": "kind event event_type eventtype event_name action action_type behavior behavior_type behaviour "
        "behaviour_type type activity ereignis aktion art typ type_evenement accion tipo evento 行为 行为类型 事件 事件类型 "
        "动作 操作 событие",
        "order": "order order_id orderid order_no order_number ordernumber invoice invoiceno invoice_no "
        "invoice_number invoice_id basket basket_id basketid transaction transactionid transaction_id receipt "
        "receipt_id receipt_no bill bill_no cart_id bestellung bestellnummer bestell_nr bestellnr rechnung "
        "rechnungsnummer rechnungsnr rechnungs_nr belegnummer bon bonnummer auftrag auftragsnummer commande "
        "num_commande numero_commande facture pedido numero_pedido factura ordine fattura scontrino 订单 订单号 订单编号 "
        "订单id 单号 小票号 流水号 发票号 交易号 注文番号 заказ чек",
        "quantity": "quantity qty quant amount_of_items units count num number_of_items pieces menge anzahl stueck "
        "stueckzahl stk quantite qte cantidad quantita quantidade 数量 件数 购买数量 销量 数量（件） 個数 количество",
        "total": "total amount line_total linetotal sales_value salesvalue revenue sum total_price totalprice "
        "total_amount extended_price betrag summe gesamt gesamtpreis umsatz montant total_ligne importe importo "
        "valor 金额 总额 总价 合计 小计 实付金额 支付金额 成交金额 销售额 сумма",
        "id": "id event_id eventid line_id row_id uuid review_id reviewid",
        "value": "rating ratings stars score star_rating overall bewertung sterne note puntuacion voto 评分 星级 打分 "
        "評価 оценка",
        "currency": "currency currency_code waehrung devise moneda valuta moeda 币种 货币 валюта",
        "query": "query search search_term searchterm search_query keyword keywords suchbegriff suche recherche busqueda "
        "搜索词 关键词 搜索 查询词 запрос",
        "text": "review_text reviewtext text comment body review_body content rezension kommentar commentaire "
        "comentario 评论 评价内容 评论内容",
        "position": "position rank pos slot 位置 排名",
        "place": "place page placement page_type seite 页面 版位",
        "channel": "channel platform device medium kanal sales_channel sales_channel_id canal 渠道 平台 设备 终端",
        "request": "request request_id slate_id",
        **{name: _COMMON[name] for name in ("user", "session", "item", "price", "list_price")},
        **{f"item.{name}": _COMMON[name] for name in ("title", "category", "brand", "seller")},
        "user.country": "country land pays pais paese 国家 страна country_code",
        "user.city": "city stadt ville ciudad citta 城市 город",
    },
    "items": {
        "id": f"id {_COMMON['item']}",
        "title_zh": "title_zh name_zh chinese_title chinese_name 中文名 中文名称",
        "stock": "stock inventory stock_level in_stock quantity qty bestand lagerbestand stock_disponible existencias "
        "库存 库存数量 在库 остаток",
        **{name: _COMMON[name] for name in ("title", "category", "brand", "seller", "price", "list_price")},
    },
    "users": {
        "id": f"id {_COMMON['user']}",
        "name": "name full_name fullname username user_name customer_name kundenname nom nombre nome 姓名 名字 昵称 用户名 имя",
    },
}
"""Names of columns by field, joined by spaces. Earlier names of a field are the likelier ones."""

_KINDS: Final = {
    "view": "view views pageview page_view product_view detail detail_view product_detail_view view_item pv browse "
    "visit impression_detail ansicht vue vista 浏览 查看 点击浏览 访问 просмотр 1pv",
    "click": "click clicks klick clic 点击 клик",
    "search": "search searches query suche recherche busqueda 搜索 поиск",
    "add_to_cart": "add_to_cart addtocart cart add addtobasket add_to_basket basket cart_add warenkorb panier carrito "
    "加购 加入购物车 加购物车 购物车 корзина",
    "remove_from_cart": "remove_from_cart removefromcart cart_remove remove_from_basket 移出购物车 删除购物车",
    "purchase": "purchase purchases buy bought order ordered transaction sale sold checkout paid payment kauf achat "
    "compra acquisto 购买 下单 支付 成交 买 покупка",
    "refund": "refund refunds return returned cancellation cancelled canceled cancel retoure rueckgabe storno "
    "remboursement retour devolucion reso 退款 退货 取消 возврат",
    "rate": "rate rating bewertung 评分",
    "review": "review 评价 评论",
    "like": "like favorite favourite fav wishlist add_to_wishlist bookmark save gefaellt 收藏 喜欢 点赞 избранное",
    "dismiss": "dismiss hide not_interested dislike 不感兴趣",
    "follow": "follow subscribe 关注",
    "share": "share 分享",
    "redeem": "redeem coupon_redeem redemption 核销 用券",
    "impression": "impression impressions exposure show display 曝光 展示",
}
_FILES: Final = {
    "view": "view views click clicks pv browse 浏览",
    "purchase": "buy buys purchase purchases order orders transaction transactions sale sales invoice invoices "
    "order_items order_lines 订单 购买 销售 bestellungen verkaeufe commandes ventas",
    "search": "search searches queries query",
    "rate": "rating ratings",
    "review": "review reviews",
    "add_to_cart": "cart carts add_to_cart",
    "refund": "refund refunds return returns 退货 退款",
}
SORTS: Final[dict[Sort, str]] = {
    "items": "item items product products catalog catalogue articles movies meta 商品 产品 artikel produits productos",
    "users": "user users customer customers members u 用户 会员 客户 kunden clients clientes",
    "events": "event events clicks buys orders sales log transactions ratings reviews views",
}
"""Names of files by what they hold."""

_ACCENTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def plain(name: str) -> str:
    """A name without capitals, accents, spaces and signs."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip()).lower()
    name = "".join(_ACCENTS.get(sign, sign) for sign in unicodedata.normalize("NFC", name))
    name = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "", name)


@cache
def _fields(sort: Sort) -> dict[str, dict[str, int]]:
    """Plain name → field → how far down its list the name stands."""
    found: dict[str, dict[str, int]] = {}
    for field, names in NAMES[sort].items():
        for place, name in enumerate(names.split()):
            found.setdefault(plain(name), {}).setdefault(field, place)
    return found


def fields(sort: Sort, name: str) -> dict[str, float]:
    """The fields that a column of this name may be, each with how likely: 1 by its name as it is, less by a part."""
    table = _fields(sort)
    exact = table.get(plain(name), {})
    if exact:
        return {field: 1.0 - min(place, 40) / 400 for field, place in exact.items()}
    words = [plain(word) for word in re.split(r"[\W_]+", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)) if word]
    found: dict[str, float] = {}
    for size in (2, 1):
        for start in range(len(words) - size + 1):
            for field in table.get("".join(words[start : start + size]), {}):
                found.setdefault(field, 0.4 + 0.1 * size)
    return found


def known(name: str) -> bool:
    """Whether any sort of table has a column of this name."""
    return any(plain(name) in _fields(sort) for sort in NAMES)


@cache
def _kind_words() -> dict[str, str]:
    return {plain(word): kind for kind, words in _KINDS.items() for word in words.split()}


def kind_of(value: str) -> str | None:
    """The kind of event that a value of a file's own means."""
    return _kind_words().get(plain(value))


def kind_of_file(stem: str) -> str | None:
    """The kind that every line of a file of this name has."""
    return _of_file(stem, _FILES)


def sort_of_file(stem: str) -> str | None:
    """What a file of this name holds."""
    return _of_file(stem, SORTS)  # type: ignore[arg-type]


def _of_file(stem: str, table: dict[str, str]) -> str | None:
    words = [word for word in re.split(r"[\W_\d]+", stem.lower()) if word]
    for meant, names in table.items():
        if set(words) & set(names.split()):
            return meant
    return None
