import { GraduationCap, LifeBuoy, MapPin } from 'lucide-react';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { Mark } from '../app/Mark.tsx';
import { usePage } from '../app/page.ts';

/** The first screen: what this is, and two ways to begin. */
export function WelcomeView() {
  const page = usePage();
  const words = useWords().welcome;
  return (
    <div className="welcome">
      <Mark size={72} />
      <h1 tabIndex={-1} id="heading">
        {words.title}
      </h1>
      <p className="welcome-says">{words.says}</p>
      <div className="ways">
        <section className="way">
          <GraduationCap size={32} aria-hidden />
          <h2>{words.practise.title}</h2>
          <p>{words.practise.says}</p>
          <Button look="primary" onClick={() => page.host.enterWorld('practice')}>
            {words.practise.go}
          </Button>
        </section>
        <section className="way">
          <MapPin size={32} aria-hidden />
          <h2>{words.real.title}</h2>
          <p>{words.real.says}</p>
          <Button onClick={() => go({ is: 'sites' })}>{words.real.go}</Button>
        </section>
        <section className="way wide">
          <LifeBuoy size={32} aria-hidden />
          <div>
            <h2>{words.rescue.title}</h2>
            <p>{words.rescue.says}</p>
          </div>
          <Button onClick={() => go({ is: 'rescue' })}>{words.rescue.go}</Button>
        </section>
      </div>
      <section className="path" aria-label={words.path}>
        <ol>
          {words.steps.map(step => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </section>
    </div>
  );
}
