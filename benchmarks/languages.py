"""Compare networks with TF-IDF of characters on texts in six languages.

    python benchmarks/languages.py                     # all six languages, about five minutes
    python benchmarks/languages.py --language de th    # some of them

The texts are made: sentences of real words about weather or food, drawn at random, in which some
words belong to the other topic. The table shows the accuracy out of fold and on test rows, and the
standard error of the latter. Such texts show that a language is read; they are far easier than
those of a competition.
"""

import argparse
import random
import tempfile
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

import regard


class Words(NamedTuple):
    """The words of a language, separated by blanks.

    Attributes:
        space: between two words of a text.
        common: words of any text.
        weather: words of the first topic, in some of their forms.
        food: words of the second topic, in some of their forms.
    """

    space: str
    common: str
    weather: str
    food: str


LANGUAGES = {
    "th": Words(
        "",
        "วันนี้ เรา เขา ที่นี่ มาก แล้ว และ ก็ มี เป็น จะ ไม่ ใน บ้าน คน เห็น พูด ตอนเช้า เมื่อวาน",
        "ฝน ฝนตก หนาว ร้อน ลม ลมแรง พายุ เมฆ หมอก แดด "
        + "แดดออก ท้องฟ้า อากาศ ฟ้าร้อง น้ำท่วม ชื้น อุณหภูมิ หิมะ",
        "ข้าว ข้าวผัด แกง แกงเขียวหวาน ก๋วยเตี๋ยว ไก่ทอด ปลา ผัก พริก กระเทียม น้ำปลา "
        "อร่อย หวาน เค็ม เผ็ด ครัว ทำอาหาร ขนม",
    ),
    "zh": Words(
        "",
        "我们 今天 昨天 他们 这里 非常 已经 和 也 有 是 会 没有 在 家里 人们 看见 说 早上 一些",
        "下雨 下雪 寒冷 炎热 刮风 大风 暴风雨 云 雾 阳光 晴天 天空 天气 打雷 洪水 潮湿 气温 冰雹",
        "米饭 炒饭 咖喱 面条 牛肉面 炸鸡 鱼 蔬菜 辣椒 大蒜 酱油 好吃 甜 咸 辣 厨房 做饭 点心",
    ),
    "ja": Words(
        "",
        "今日は 昨日は 私たちは 彼は ここで とても もう そして また ある です でしょう "
        "ない 家で 人が 見た 言った 朝に 少し みんな",
        "雨 雨が降る 寒い 寒かった 暑い 暑くて 風 風が強い 嵐 雲 霧 日差し 晴れ 空 天気 雷 洪水 雪",
        "ご飯 チャーハン カレー ラーメン 唐揚げ 魚 野菜 唐辛子 にんにく 醤油 おいしい "
        "おいしかった 甘い 甘くて 塩辛い 台所 料理 お菓子",
    ),
    "ar": Words(
        " ",
        "اليوم أمس نحن هم هنا جدا قد و أيضا كان يكون لن ليس في البيت الناس رأينا قال صباحا بعض",
        "مطر المطر أمطار والأمطار بارد باردة حار حارة ريح الرياح عاصفة العواصف غيوم ضباب "
        "شمس مشمس سماء ثلوج",
        "أرز الأرز دجاج والدجاج سمك أسماك خضار الخضار فلفل ثوم لذيذ لذيذة حلو حلوة مالح "
        "مطبخ المطبخ نطبخ",
    ),
    "de": Words(
        " ",
        "heute gestern wir sie hier sehr schon und auch hat ist wird nicht im Haus Leute "
        "sahen sagte morgens einige",
        "Regen Regens regnete regnerisch Schnee schneite verschneit kalt kalte kaltem "
        "Wind windig Sturm Stürme stürmisch Wolke Wolken bewölkt",
        "Reis Nudeln Nudel Suppe Suppen Huhn Hühner Fisch Fische gekocht kochte kochen "
        "lecker leckere leckeres süß süße gewürzt",
    ),
    "ru": Words(
        " ",
        "сегодня вчера мы они здесь очень уже и тоже было есть будет не в доме люди "
        "видели сказал утром немного",
        "дождь дождя дождливо снег снега снежный холод холодно холодная ветер ветра "
        "ветрено гроза грозы облако облака облачно туман",
        "рис риса лапша лапши суп супа супом курица курицы рыба рыбу вкусно вкусный "
        "вкусная сладкий сладкая готовил готовила",
    ),
}
_TOPICS = ("weather", "food")
_FOLDS = 3


def make_rows(words: Words, n_rows: int, seed: int) -> pd.DataFrame:
    """Make texts of 8 to 16 words: most are common, and of the others a fifth mislead."""
    draw = random.Random(seed)
    topics = {"weather": words.weather.split(), "food": words.food.split()}
    rows = []
    for _ in range(n_rows):
        label = draw.choice(_TOPICS)
        text = []
        for _ in range(draw.randint(8, 16)):
            topic = label if draw.random() < 0.8 else draw.choice(_TOPICS)
            known = topics[topic] if draw.random() < 0.25 else words.common.split()
            text.append(draw.choice(known))
        rows.append({"text": words.space.join(text), "label": label})
    return pd.DataFrame(rows).drop_duplicates("text", ignore_index=True)


def compare(language: str, n_train: int, n_test: int, settings: list[str]) -> list[float]:
    """Return the accuracies of the network and of TF-IDF, out of fold and on test rows."""
    rows = make_rows(LANGUAGES[language], n_train + n_test, seed=1)
    train, test = rows.iloc[:n_train], rows.iloc[n_train:]
    tfidf = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=1000),
    )
    oof = cross_val_predict(tfidf, train["text"], train["label"], cv=_FOLDS)
    tfidf.fit(train["text"], train["label"])
    with tempfile.TemporaryDirectory() as folder:
        words = [f"output_dir={folder}", f"folds.n_folds={_FOLDS}", "competition.metric=accuracy"]
        words += settings
        run = regard.fit(train, target="label", name=language, overrides=words)
        predicted = run.predict(test[["text"]])["label"].to_numpy()
        scores = [run.scores["oof_score"], (predicted == test["label"].to_numpy()).mean()]
    scores += [(oof == train["label"]).mean(), tfidf.score(test["text"], test["label"])]
    return [float(score) for score in scores]


def main() -> None:
    """Print a table of accuracies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--language", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--rows", type=int, nargs=2, default=(600, 600), metavar=("TRAIN", "TEST"))
    parser.add_argument("settings", nargs="*", help="of the network, such as training.epochs=5")
    arguments = parser.parse_args()
    print("language   network: oof   test     TF-IDF: oof   test     standard error")
    for language in arguments.language:
        scores = compare(language, *arguments.rows, arguments.settings)
        error = np.sqrt(scores[1] * (1 - scores[1]) / arguments.rows[1])
        own, others = scores[:2], scores[2:]
        print(
            f"{language:<10} {own[0]:>12.4f} {own[1]:>6.4f} {others[0]:>15.4f} {others[1]:>6.4f}"
            f" {error:>18.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
